// The console: GraphiQL where its files arrived, a plain query box where not; one fetcher serves both.
(() => {
  'use strict';
  const settings = JSON.parse(document.getElementById('settings').textContent);
  const element = (id) => document.getElementById(id);
  const endpoint = new URL(settings.path, window.location.href);
  const socketAddress = new URL(endpoint);
  socketAddress.protocol = endpoint.protocol === 'https:' ? 'wss:' : 'ws:';
  let token = '';

  const isSubscription = (query, name) => {
    const operations = [...query.replace(/#.*/g, '').matchAll(/(?:^|\})\s*(query|mutation|subscription)\b\s*(\w*)/g)];
    const chosen = operations.find((found) => found[2] === name) ?? operations[0];
    return chosen !== undefined && chosen[1] === 'subscription';
  };

  const credentials = (headers) => ({ ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers });

  async function* readParts(response) {
    const boundary = /boundary="?([^";]+)/i.exec(response.headers.get('content-type'))[1];
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const merged = {};
    let buffer = '';
    for (;;) {
      const { value, done } = await reader.read();
      buffer += value ?? '';
      const parts = buffer.split(`--${boundary}`);
      buffer = done ? '' : parts.pop();
      for (const part of parts) {
        const start = part.indexOf('{');
        if (start >= 0) yield mergePart(merged, JSON.parse(part.slice(start, part.lastIndexOf('}') + 1)));
      }
      if (done) return;
    }
  }

  function mergePart(merged, part) {
    merged.pending ??= {};
    if ('data' in part) merged.result = { data: part.data, errors: part.errors };
    for (const pending of part.pending ?? []) merged.pending[pending.id] = pending;
    for (const patch of part.incremental ?? []) {
      const path = [...(merged.pending[patch.id]?.path ?? []), ...(patch.subPath ?? [])];
      const target = path.reduce((node, key) => node?.[key], merged.result.data);
      if (patch.items) target?.push(...patch.items);
      else Object.assign(target ?? {}, patch.data);
      if (patch.errors) merged.result.errors = [...(merged.result.errors ?? []), ...patch.errors];
    }
    return structuredClone({ ...merged.result, ...(part.hasNext ? { hasNext: true } : {}) });
  }

  async function* overHttp(request, headers) {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'multipart/mixed, application/graphql-response+json, application/json;q=0.9',
        ...credentials(headers),
      },
      body: JSON.stringify(request),
    });
    if (response.headers.get('content-type')?.startsWith('multipart/mixed')) yield* readParts(response);
    else yield await response.json();
  }

  async function* overSocket(request, headers) {
    const waiting = [];
    let wake = () => undefined;
    const push = (item) => {
      waiting.push(item);
      wake();
    };
    const socket = new WebSocket(socketAddress, 'graphql-transport-ws');
    socket.onopen = () => socket.send(JSON.stringify({ type: 'connection_init', payload: credentials(headers) }));
    socket.onclose = ({ code, reason }) => push({ closed: `The connection was closed: ${code} ${reason}` });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'ping') socket.send('{"type":"pong"}');
      else if (message.type === 'connection_ack')
        socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: request }));
      else push(message);
    };
    try {
      for (;;) {
        while (waiting.length === 0) await new Promise((resolve) => (wake = resolve));
        const message = waiting.shift();
        if (message.type === 'next') yield message.payload;
        else if (message.type === 'complete') return;
        else if (message.type === 'error') return yield { errors: message.payload };
        else if (message.closed) return yield { errors: [{ message: message.closed }] };
      }
    } finally {
      socket.close(1000);
    }
  }

  const run = (request, headers) =>
    isSubscription(request.query, request.operationName) ? overSocket(request, headers) : overHttp(request, headers);

  function showConsole() {
    const { React, ReactDOM, GraphiQL } = window;
    const tabs = settings.examples.map(({ title, query, variables }) => ({
      query: /^\s*(#|query\s+\w|mutation\s+\w|subscription\s+\w)/.test(query) ? query : `# ${title}\n${query}`,
      variables: variables || undefined,
    }));
    const fetcher = (request, options) => run(request, options?.headers);
    // GraphiQL fills the variables of its first tab from its storage alone, whatever the tab itself says.
    if (tabs[0]?.variables && !localStorage.getItem('graphiql:tabState'))
      localStorage.setItem('graphiql:variables', tabs[0].variables);
    ReactDOM.createRoot(element('console')).render(
      React.createElement(GraphiQL, {
        fetcher,
        defaultTabs: tabs.length > 0 ? tabs : undefined,
        defaultEditorToolsVisibility: true,
        shouldPersistHeaders: false,
      }),
    );
  }

  function showPlain() {
    element('plain').hidden = false;
    element('note').textContent = 'GraphiQL’s files are not here, so this is a plain query box.';
    const examples = settings.examples.length > 0 ? settings.examples : [{ title: 'Start', query: '{ __typename }', variables: '' }];
    const choose = () => {
      const example = examples[element('example').selectedIndex];
      element('query').value = example.query;
      element('variables').value = example.variables;
    };
    for (const { title } of examples) element('example').append(new Option(title));
    element('example').onchange = choose;
    choose();
    let turn = 0;
    element('run').onclick = async () => {
      const mine = ++turn;
      const show = (value) => {
        if (mine === turn) element('result').textContent = value;
      };
      try {
        const variables = element('variables').value.trim();
        const request = { query: element('query').value, variables: variables ? JSON.parse(variables) : undefined };
        for await (const result of run(request, {})) {
          if (mine !== turn) return;
          show(JSON.stringify(result, null, 2));
        }
      } catch (error) {
        show(String(error));
      }
    };
  }

  async function offerSignIn() {
    if (!settings.signInPath) return;
    const choices = await fetch(settings.signInPath).then((response) => (response.ok ? response.json() : []));
    for (const choice of choices) element('viewer').append(new Option(choice.label, choice.token));
    element('sign-in').hidden = choices.length === 0;
    element('viewer').onchange = ({ target }) => {
      token = target.value;
      element('authorization').textContent = token ? `Authorization: Bearer ${token.slice(0, 18)}…` : '';
    };
  }

  if (window.React && window.ReactDOM && window.GraphiQL) showConsole();
  else showPlain();
  offerSignIn().catch(() => undefined);
})();
