// For the live test: a pipeline's calls in Python by boto3, side by side, because its back-off is long. Prints for every
// service how many attempts it took, and the error that was left.

export const botoCalls = (services: readonly string[], bucket: string, key: string): string => `
import boto3, botocore.exceptions, json, os
from concurrent.futures import ThreadPoolExecutor
record = os.environ['RECORD']
names = ${JSON.stringify(services)}
clients = {name: boto3.client(name, endpoint_url=os.environ['ENDPOINT'], region_name='us-east-1') for name in names}
client = clients.get
def attempted(call):
    try: return {'attempts': call()['ResponseMetadata']['RetryAttempts'] + 1}
    except botocore.exceptions.ClientError as error:
        return {'attempts': error.response['ResponseMetadata']['RetryAttempts'] + 1, 'error': error.response['Error']['Code']}
    except Exception as error: return {'attempts': 0, 'error': type(error).__name__}
def get():
    answer = client('s3').get_object(Bucket='${bucket}', Key='${key}')
    answer['Body'].read()
    return answer
calls = {
    's3': get,
    'sns': lambda: client('sns').publish(TopicArn=os.environ['TOPIC'], Message=record),
    'sqs': lambda: client('sqs').send_message(QueueUrl=os.environ['QUEUE'], MessageBody=record),
    'kinesis': lambda: client('kinesis').put_records(StreamName='hop', Records=[{'Data': record, 'PartitionKey': key} for key in 'abc']),
    'dynamodb': lambda: client('dynamodb').put_item(TableName='hop', Item={'request_id': {'S': 'r'}, 'argument': {'S': '[' + record + ']'}}),
    'lambda': lambda: client('lambda').invoke(FunctionName='nobody', InvocationType='Event', Payload=record),
}
with ThreadPoolExecutor(len(names)) as pool: answers = list(pool.map(lambda name: attempted(calls[name]), names))
print(json.dumps(dict(zip(names, answers))))
`
