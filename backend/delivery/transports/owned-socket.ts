import { type RawData, WebSocket } from 'ws';

/** Who is told of what happens on a socket. */
export interface SocketOwner {
  received(data: RawData, isBinary: boolean): void;
  pinged(): void;
  ponged(): void;
  gone(): void;
}

/**
 * A socket of the package ws that knows whose it is, so that all sockets have the same listeners. A closure for each event of each socket would
 * be a tenth of what an idle client costs.
 */
export class OwnedSocket extends WebSocket {
  #owner: SocketOwner | null = null;

  static told(socket: WebSocket): SocketOwner | null {
    return socket instanceof OwnedSocket ? socket.#owner : null;
  }

  belongTo(owner: SocketOwner): void {
    this.#owner = owner;
    this.on('message', onMessage);
    this.on('ping', onPing);
    this.on('pong', onPong);
    // The package closes the socket with the code that fits.
    this.on('error', ignore);
    this.on('close', onClose);
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  OwnedSocket.told(this)?.received(data, isBinary);
}

function onPing(this: WebSocket): void {
  OwnedSocket.told(this)?.pinged();
}

function onPong(this: WebSocket): void {
  OwnedSocket.told(this)?.ponged();
}

function onClose(this: WebSocket): void {
  OwnedSocket.told(this)?.gone();
}

const ignore = (): void => undefined;
