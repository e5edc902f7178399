# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-001
import io
import boto3
import joblib

s3 = boto3.client("s3")

def load_model(bucket, key):
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return joblib.load(io.BytesIO(body))
