/** What the limit needs of a socket; `node:net`'s has both. */
export interface LimitedSocket {
  destroy(): void;
  once(event: "close", listener: () => void): unknown;
}

/** Bounds the sockets of a server by closing the one that is needed least, never by refusing a new one. */
export interface SocketLimit<Socket extends LimitedSocket> {
  /** A client has connected. */
  admit(socket: Socket): void;
  /** It has sent a whole request. */
  use(socket: Socket): void;
  /** Its answer is sent. */
  rest(socket: Socket): void;
}

/**
 * A new socket may be a probe that decides whether this process lives, and its request comes within a millisecond. So of
 * `most` sockets the one goes that has kept the server waiting for a request longest; if all are being answered, the one
 * that has been for longest, since its client does not read.
 */
export function createSocketLimit<Socket extends LimitedSocket>(most: number): SocketLimit<Socket> {
  // Sets keep the order in which members came: the first is the oldest.
  const waiting = new Set<Socket>();
  const answered = new Set<Socket>();

  function move(socket: Socket, from: Set<Socket>, to: Set<Socket>): void {
    // One that is closed is in neither, and stays out.
    if (from.delete(socket)) to.add(socket);
  }

  return {
    admit(socket) {
      if (waiting.size + answered.size >= most) {
        const [oldest] = waiting.size > 0 ? waiting : answered;
        if (oldest !== undefined) {
          waiting.delete(oldest);
          answered.delete(oldest);
          oldest.destroy();
        }
      }
      waiting.add(socket);
      socket.once("close", () => {
        waiting.delete(socket);
        answered.delete(socket);
      });
    },
    use: (socket) => move(socket, waiting, answered),
    rest: (socket) => move(socket, answered, waiting),
  };
}
