/* The search box: a combobox over names and ids; arrows move, Enter opens, Escape empties. */
(function (X) {
  'use strict';
  const LIMIT = 30;

  const fold = (text) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');

  X.wireSearch = function (open) {
    const box = document.getElementById('search-box');
    const list = document.getElementById('search-list');
    const count = document.getElementById('search-count');
    const keys = X.raw.places.id.map((id, i) => fold(X.places.name(i)) + '\n' + fold(id));
    let hits = [];
    let active = -1;

    function find(text) {
      const wanted = fold(text);
      if (!wanted) return [];
      const found = [];
      keys.forEach((key, i) => {
        const at = key.indexOf(wanted);
        if (at >= 0) found.push([X.places.state(i) === 'plain' ? 1 : 0, at === 0 ? 0 : 1, i]);
      });
      found.sort((a, b) => a[1] - b[1] || a[0] - b[0] || a[2] - b[2]);
      return found.map((hit) => hit[2]);
    }

    function close() {
      list.hidden = true;
      box.setAttribute('aria-expanded', 'false');
      box.removeAttribute('aria-activedescendant');
      active = -1;
    }

    function mark(next) {
      const items = list.querySelectorAll('[role=option]');
      if (!items.length) return;
      active = (next + items.length) % items.length;
      items.forEach((item, i) => item.setAttribute('aria-selected', String(i === active)));
      box.setAttribute('aria-activedescendant', items[active].id);
      items[active].scrollIntoView({ block: 'nearest' });
    }

    function choose(index) {
      close();
      open.place(index, { move: true, from: box });
    }

    function option(index, rank) {
      const item = X.el('li');
      item.id = 'search-' + rank;
      item.setAttribute('role', 'option');
      item.setAttribute('aria-selected', 'false');
      item.appendChild(X.el('span', 'name', X.places.name(index)));
      const place = X.places.get(index);
      item.appendChild(
        X.el('small', 'chip-text-' + place.state, [X.raw.words['state_' + place.state], place.town].filter(Boolean).join(' · '))
      );
      item.addEventListener('mousedown', (event) => event.preventDefault());
      item.addEventListener('click', () => choose(index));
      return item;
    }

    function refresh() {
      const found = find(box.value);
      hits = found.slice(0, LIMIT);
      list.textContent = '';
      hits.forEach((index, rank) => list.appendChild(option(index, rank)));
      active = -1;
      box.removeAttribute('aria-activedescendant');
      const asked = box.value.trim() !== '';
      if (asked && !hits.length) {
        const none = X.el('li', 'quiet', X.say('search_none'));
        none.setAttribute('role', 'presentation');
        list.appendChild(none);
      }
      count.textContent = asked ? X.say('search_count', { n: found.length }) : '';
      list.hidden = !asked;
      box.setAttribute('aria-expanded', String(asked));
    }

    box.addEventListener('input', refresh);
    box.addEventListener('click', () => box.value && refresh());
    box.addEventListener('blur', close);
    box.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') mark(active + 1);
      else if (event.key === 'ArrowUp') mark(active - 1);
      else if (event.key === 'Enter' && hits.length && !list.hidden) choose(hits[Math.max(active, 0)]);
      else if (event.key === 'Escape') {
        box.value = '';
        refresh();
      } else return;
      event.preventDefault();
    });
  };
})(window.Xunge);
