"""Published runs as files of a branch of lakeFS: laid out, compared, sent, audited, merged."""
