"""Object stores: what the kinds for S3 and its relatives, Azure and Google share."""
