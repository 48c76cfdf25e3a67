/**
 * Names of topics and subscriptions: `images` in the client's own project, or in full, `projects/p/topics/images`.
 * The client accepts both.
 */

/** Topic name of a subscription whose topic was deleted. */
export const DELETED_TOPIC = '_deleted-topic_';

/** The short name of a topic or subscription; in full only for another project. */
export function nameWithin(project: string, fullName: string): string {
  const [, owner, id] = /^projects\/([^/]+)\/(?:topics|subscriptions)\/([^/]+)$/.exec(fullName) ?? [];
  return id !== undefined && owner === project ? id : fullName;
}
