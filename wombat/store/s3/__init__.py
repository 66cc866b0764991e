"""S3: addresses, credentials, errors, and what a server guarantees. The bytes: blobs/s3.py."""
