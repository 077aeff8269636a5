// An import that is under way, in this browser: every household's signed commands, its documents until the bank has
// them, and its card's secrets until they are printed. It is written before anything is sent, so that whoever is cut
// off goes on where they were. A database of its own: throwing it away throws everything away.

const NAME = 'civbank-import';

let opened;

function open() {
  opened =
    opened ||
    new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore('plan', { keyPath: 'id' });
        request.result.createObjectStore('homes', { keyPath: 'at' });
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error('the database is held by another page'));
    });
  return opened;
}

async function run(mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const doing = database.transaction(['plan', 'homes'], mode);
    const request = act(doing.objectStore('plan'), doing.objectStore('homes'));
    doing.oncomplete = () => resolve(request && request.result);
    doing.onerror = () => reject(doing.error);
    doing.onabort = () => reject(doing.error);
  });
}

// `{id, branch, title, total, done, consent?}`; undefined where there is none.
export const current = () => run('readonly', (plan) => plan.get('import'));

// Keeps a whole plan at once, or nothing of it.
export const keep = (plan, homes) =>
  run('readwrite', (plans, all) => {
    plans.clear();
    all.clear();
    homes.forEach((home) => all.put(home));
    return plans.put({ ...plan, id: 'import' });
  });

export const home = (at) => run('readonly', (_, homes) => homes.get(at));
export const homes = (from, to) => run('readonly', (_, all) => all.getAll(IDBKeyRange.bound(from, to)));

// One household's step, with how far the whole is.
export const step = (plan, changed) =>
  run('readwrite', (plans, all) => {
    all.put(changed);
    return plans.put(plan);
  });
export const put = (plan) => run('readwrite', (plans) => plans.put(plan));

// Forgets everything, the cards' secrets too.
export const clear = () =>
  run('readwrite', (plans, all) => {
    plans.clear();
    return all.clear();
  });
