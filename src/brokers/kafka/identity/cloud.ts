/** What the addresses of the brokers say about their cloud. */

/** `b-1.name.x1.c2.kafka.eu-west-1.amazonaws.com`, and `kafka-serverless` in place of `kafka`. */
export function mskRegion(servers: string): string | undefined {
  return /\.kafka(?:-serverless)?\.([a-z0-9-]+)\.amazonaws\.com/i.exec(servers)?.[1];
}

/** `name.servicebus.windows.net`, or the same in another cloud of Azure. */
export function eventHubsHost(servers: string): string | undefined {
  return /(?:^|[,\s])([\w-]+\.servicebus\.[\w.-]+)(?=:|,|\s|$)/i.exec(servers)?.[1];
}
