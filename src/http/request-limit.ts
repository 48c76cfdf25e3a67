import type { RequestHandler, Response } from 'express';
import { sendProblem } from './problems';

/** Same as the capacity of the interactive lane. */
const MOST_REQUESTS = 256;
/** A client that reads nothing of its answer for this time is disconnected, ms. */
const PATIENCE_MS = 60_000;

/** Refuses (429) requests while `most` requests are in progress. */
export function limitRequests(most = MOST_REQUESTS, patienceMs = PATIENCE_MS): RequestHandler {
  const running = new Map<Response, number>();
  let watch: NodeJS.Timeout | null = null;
  return (_request, response, next) => {
    if (running.size >= most)
      return sendProblem(
        response,
        'OVERLOADED',
        `${most} requests are in progress, which is the limit; try again shortly`,
      );
    running.set(response, 0);
    watch ??= setInterval(() => cutStalled(running), patienceMs).unref();
    response.once('close', () => {
      running.delete(response);
      if (running.size > 0 || watch === null) return;
      clearInterval(watch);
      watch = null;
    });
    next();
  };
}

/** @param running bytes written to the connection at the last check */
function cutStalled(running: Map<Response, number>): void {
  for (const [response, before] of running) {
    const { socket } = response;
    // Before the first byte the delay is in this process.
    if (socket === null || !response.headersSent) continue;
    const written = socket.bytesWritten;
    if (written === before && socket.writableLength > 0) response.destroy();
    else running.set(response, written);
  }
}
