import { DEFAULT_MODEL } from '../core/default-model';

/** The file that `config init` writes; a test checks it against the schema. */
export const EXAMPLE_CONFIG = `# stream-infer.yaml: flags and environment variables override this file.
# \`config schema\` prints a JSON Schema for editors, \`config print --sources\` the settings in effect.
broker: memory                     # memory | kafka | pubsub
input:
  topic: images
  group: stream-infer              # Kafka consumer group
  from: earliest                   # where a new group starts
output:
  topic: predictions
  dlq: images.dlq
  headers: json                    # none: no headers; cloudevents: also label, confidence, source-id, ce_*
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
  precision: auto                  # int8 if it is exact and faster here, else fp32
  workers: auto                    # up to one per core
  maxBatch: 256
  # targetP99: 50ms                # latency goal: arrival to confirmation, 99th percentile
http:
  host: 127.0.0.1
  port: 8080
  # token: "\${file:/run/secrets/token}"   # required if host is not loopback
store:                             # predictions that survive a restart
  # path: ./predictions.db         # default: in the data folder; none = memory only; postgres://…
  images: all                      # all | wrong | none
  retainRows: 1000000
  retainDays: 30
# alerts:                          # rules for events and alerts; see docs/guides/alerts.md
#   - { name: unsure, kind: low-confidence, maxConfidence: 0.5, count: 20, window: 60s, alert: true }
# webhook: { url: "https://hooks.example/alerts", secret: "\${file:/run/secrets/hook}" }
`;
