/** Carries messages from parts that send them to parts that are built later. */
export interface Channel<Message> {
  /** Calls every subscriber, in the order in which they came. They must not throw. */
  publish(message: Message): void;
  subscribe(subscriber: (message: Message) => void): void;
}

export function createChannel<Message>(): Channel<Message> {
  const subscribers: ((message: Message) => void)[] = [];
  return {
    publish(message) {
      for (const subscriber of subscribers) subscriber(message);
    },
    subscribe: (subscriber) => void subscribers.push(subscriber),
  };
}
