import { DEFAULT_MODEL } from '../core/default-model';

/** What `config init` writes; a test holds it against the schema. */
export const EXAMPLE_CONFIG = `# stream-infer.yaml: flags and environment variables win over this file.
# \`stream-infer config schema\` prints a JSON Schema for editors, \`config print --sources\` what is in force.
broker: memory                     # memory | kafka | pubsub
input:
  topic: images
  group: stream-infer              # Kafka consumer group
  from: earliest                   # where a new group starts
output:
  topic: predictions
  dlq: images.dlq
  headers: json                    # none: no headers added; cloudevents: label, confidence, source-id, ce_* too
delivery: at-least-once            # exactly-once with a real Kafka
kafka:
  properties:                      # any librdkafka property
    bootstrap.servers: "\${KAFKA_BOOTSTRAP_SERVERS:-localhost:9092}"
    # security.protocol: SASL_SSL
    # sasl.mechanisms: PLAIN
    # sasl.username: "\${KAFKA_USER}"
    # sasl.password: "\${file:/run/secrets/kafka}"
# pubsub: { project: my-project }
inference:
  model: ${DEFAULT_MODEL}
  runtime: auto
  precision: auto                  # int8 where it is exact and faster here, else fp32
  workers: auto                    # one a core
  maxBatch: 256
  # targetP99: 50ms                # latency goal: arrival here to confirmation, 99th percentile
http:
  host: 127.0.0.1
  port: 8080
  # token: "\${file:/run/secrets/token}"   # needed when host is not loopback
store:                             # what the page shows of earlier runs
  # path: ./predictions.db         # default: in the data folder; none = memory only
  images: all                      # all | wrong | none
  retainRows: 1000000
  retainDays: 30
# alerts:                          # what is worth noticing; see the README
#   - { name: unsure, kind: low-confidence, maxConfidence: 0.5, count: 20, window: 60s, alert: true }
# webhook: { url: "https://hooks.example/alerts", secret: "\${file:/run/secrets/hook}" }
`;
