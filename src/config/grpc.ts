import { z } from 'zod';
import type { AcrossProblem } from './across-problem';

/** The Open Inference Protocol over gRPC. */
export const grpcSchema = z
  .strictObject({
    port: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .optional()
      .describe(
        'Port of the Open Inference Protocol over gRPC, on http.host; 0 picks a free one; off if absent.',
      ),
    tls: z
      .strictObject({
        cert: z
          .string()
          .min(1)
          .optional()
          .describe('File of the certificate and its chain (PEM); without it, gRPC is not encrypted.'),
        key: z.string().min(1).optional().describe('File of the private key of the certificate (PEM).'),
      })
      .prefault({}),
  })
  .prefault({});

interface Sections {
  readonly grpc: z.output<typeof grpcSchema>;
  readonly http: { readonly enabled: boolean; readonly port: number };
}

/** A port that is used twice, and TLS that would be off although it looks configured. */
export function grpcProblems({ grpc: { port, tls }, http }: Sections): AcrossProblem[] {
  if (port !== undefined && port !== 0 && http.enabled && port === http.port)
    return [{ path: 'grpc.port', message: `${port} is http.port; gRPC needs a port of its own` }];
  if (tls.cert === undefined && tls.key === undefined) return [];
  if (tls.cert === undefined || tls.key === undefined) {
    const missing = tls.cert === undefined ? 'cert' : 'key';
    return [{ path: `grpc.tls.${missing}`, message: 'TLS needs a certificate and its key; set both files' }];
  }
  return port === undefined ? [{ path: 'grpc.port', message: 'TLS needs a port; set grpc.port' }] : [];
}
