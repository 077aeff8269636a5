// What this browser keeps: keys, and signed envelopes that were not answered yet. One database of its own origin;
// browsers clear it when they please, so nothing here is the only way to anything.

const NAME = 'civbank';
const VERSION = 1;

let opened;

function open() {
  opened =
    opened ||
    new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => {
        request.result.createObjectStore('keys', { keyPath: 'publicKey' });
        request.result.createObjectStore('outbox', { keyPath: 'id' });
        request.result.createObjectStore('trial', { keyPath: 'id' });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error('the database is held by another page'));
    });
  return opened;
}

// Resolves once the browser says that it is done, not when it was asked.
async function run(store, mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const doing = database.transaction(store, mode);
    const request = act(doing.objectStore(store));
    doing.oncomplete = () => resolve(request.result);
    doing.onerror = () => reject(doing.error);
    doing.onabort = () => reject(doing.error);
  });
}

export const put = (store, value) => run(store, 'readwrite', (objects) => objects.put(value));
export const get = (store, id) => run(store, 'readonly', (objects) => objects.get(id));
export const all = (store) => run(store, 'readonly', (objects) => objects.getAll());
export const remove = (store, id) => run(store, 'readwrite', (objects) => objects.delete(id));
