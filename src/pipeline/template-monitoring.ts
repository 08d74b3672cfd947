// The dashboard and the alarms of the template: how old the lanes' next records are, what goes in and out, what fails, and
// what is parked. Everything is read from the metrics that AWS keeps by itself.

import { functionNameOf, functionRoles, laneNames, type ResourceNames } from './function-roles.ts'
import type { CloudFormationResource } from './template.ts'

interface MonitoringOptions {
  readonly stackName: string
  readonly names: ResourceNames
}

type Metric = readonly unknown[]

/** A lane this far behind loses data when 24 h of retention are over; there is time to act. */
const iteratorAgeMaxMs = 15 * 60_000
const periodSeconds = 60

export function monitoringResources(options: MonitoringOptions): Record<string, CloudFormationResource> {
  return { Dashboard: dashboard(options), ...alarms(options) }
}

function dashboard({ stackName, names }: MonitoringOptions): CloudFormationResource {
  const stream = (metric: string): Metric[] =>
    laneNames.map((lane) => ['AWS/Kinesis', metric, 'StreamName', names.streams[lane], { label: lane }])
  const functions = (metric: string): Metric[] =>
    functionRoles.map((role) => [
      'AWS/Lambda',
      metric,
      'FunctionName',
      functionNameOf(stackName, role),
      { label: role },
    ])
  const widgets = [
    widget(0, 'Age of the next record of a lane (ms)', 'Maximum', stream('GetRecords.IteratorAgeMilliseconds')),
    widget(1, 'Event records into the lanes', 'Sum', stream('IncomingRecords')),
    widget(2, 'Refused for throughput', 'Sum', stream('WriteProvisionedThroughputExceeded')),
    widget(3, 'Invocations', 'Sum', functions('Invocations')),
    widget(4, 'Errors', 'Sum', functions('Errors')),
    widget(5, 'Throttles', 'Sum', functions('Throttles')),
    widget(6, 'Duration (ms)', 'p99', functions('Duration')),
    widget(7, 'Messages of the DLQ', 'Sum', [
      ['AWS/SNS', 'NumberOfMessagesPublished', 'TopicName', names.dlqTopic],
      ['AWS/SNS', 'NumberOfNotificationsFailed', 'TopicName', names.dlqTopic],
    ]),
    widget(8, 'Error table: items written and removed', 'SampleCount', [
      [
        'AWS/DynamoDB',
        'SuccessfulRequestLatency',
        'TableName',
        names.table,
        'Operation',
        'PutItem',
        { label: 'parked' },
      ],
      [
        'AWS/DynamoDB',
        'SuccessfulRequestLatency',
        'TableName',
        names.table,
        'Operation',
        'DeleteItem',
        { label: 'drained' },
      ],
    ]),
  ]
  return {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: { DashboardName: stackName, DashboardBody: { 'Fn::Sub': JSON.stringify({ widgets }) } },
  }
}

function widget(index: number, title: string, stat: string, metrics: readonly Metric[]): unknown {
  const [width, height, columns] = [8, 6, 3]
  return {
    type: 'metric',
    x: (index % columns) * width,
    y: Math.floor(index / columns) * height,
    width,
    height,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in
    properties: { title, metrics, stat, period: periodSeconds, region: '${AWS::Region}' },
  }
}

function alarms({ stackName, names }: MonitoringOptions): Record<string, CloudFormationResource> {
  const age = laneNames.map((lane) => [
    lane === 'fast' ? 'LaneFastLateAlarm' : 'LaneSlowLateAlarm',
    alarm(`The ${lane} lane is far behind.`, iteratorAgeMaxMs, 'Maximum', {
      Namespace: 'AWS/Kinesis',
      MetricName: 'GetRecords.IteratorAgeMilliseconds',
      Dimensions: [{ Name: 'StreamName', Value: names.streams[lane] }],
    }),
  ])
  return {
    ...Object.fromEntries(age),
    ReporterErrorsAlarm: alarm('A failure may not have reached the error table.', 0, 'Sum', {
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Dimensions: [{ Name: 'FunctionName', Value: functionNameOf(stackName, 'reporter') }],
    }),
    ParkedAlarm: alarm('Something was parked; look at it and drain it.', 0, 'Sum', {
      Namespace: 'AWS/SNS',
      MetricName: 'NumberOfMessagesPublished',
      Dimensions: [{ Name: 'TopicName', Value: names.dlqTopic }],
    }),
  }
}

function alarm(
  AlarmDescription: string,
  Threshold: number,
  Statistic: string,
  metric: Readonly<Record<string, unknown>>,
): CloudFormationResource {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription,
      ...metric,
      Statistic,
      Threshold,
      ComparisonOperator: 'GreaterThanThreshold',
      Period: periodSeconds,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    },
  }
}
