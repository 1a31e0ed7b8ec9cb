"""Where things are kept: DynamoDB, SQS, S3 and KMS, each behind a port of the core."""
