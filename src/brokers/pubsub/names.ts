/**
 * Names of topics and subscriptions: `images`, of the client's own project, or in full, `projects/p/topics/images`. The
 * client takes both.
 */

/** In place of the name of a subscription's topic that was deleted. */
export const DELETED_TOPIC = '_deleted-topic_';

/** The name by which a topic or subscription is called here: in full only if it is another project's. */
export function nameWithin(project: string, fullName: string): string {
  const [, owner, id] = /^projects\/([^/]+)\/(?:topics|subscriptions)\/([^/]+)$/.exec(fullName) ?? [];
  return id !== undefined && owner === project ? id : fullName;
}
