// Speaks graphql-transport-ws with the compression of `ws` in several settings; prints one JSON line per setting.
import WebSocket from 'ws';

const url = `ws://127.0.0.1:${process.argv[2]}/graphql`;
const text = 'a text that comes again and again, '.repeat(200);
const query = 'query ($text: String!) { echo(text: $text) }';

function run(perMessageDeflate) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate });
    const late = setTimeout(() => reject(new Error('timed out')), 8000);
    const say = (message) => socket.send(JSON.stringify(message));
    const ask = (id) => say({ type: 'subscribe', id, payload: { query, variables: { text: id + text } } });
    socket.on('error', reject);
    socket.on('close', (code) => {
      clearTimeout(late);
      if (code === 1000) resolve(socket.extensions);
      else reject(new Error(`closed ${code}`));
    });
    socket.on('open', () => say({ type: 'connection_init' }));
    socket.on('message', (data) => {
      const message = JSON.parse(data);
      if (message.type === 'connection_ack') ask('first');
      if (message.type === 'next' && message.payload.data.echo !== `${message.id}${text} None None`) reject(new Error('another text'));
      if (message.type === 'complete') {
        if (message.id === 'second') socket.close(1000);
        else ask('second');
      }
    });
  });
}

const settings = {
  'as it comes': { threshold: 0 },
  'narrow window': { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
  'own takeover off': { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
  'window too narrow': { threshold: 0, serverMaxWindowBits: 8 },
  off: false,
};
for (const [name, setting] of Object.entries(settings)) {
  try {
    console.log(JSON.stringify({ name, ok: true, value: await run(setting) }));
  } catch (error) {
    console.log(JSON.stringify({ name, ok: false, error: String(error?.stack ?? error) }));
  }
}
process.exit(0);
