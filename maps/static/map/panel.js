/* The panel: layer switches, the day picker, the list of routes, folding on small screens. */
(function (X) {
  'use strict';
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const small = () => window.matchMedia('(max-width: 760px)').matches;

  X.panelPadding = function () {
    const panel = document.getElementById('panel');
    if (small()) return { right: 12, bottom: Math.min(panel.offsetHeight, window.innerHeight / 2) + 12 };
    return { right: panel.offsetWidth + 26, bottom: 30 };
  };

  function wireFold(map) {
    const button = document.getElementById('panel-toggle');
    const body = document.getElementById('panel-body');
    const set = (open) => {
      body.hidden = !open;
      button.setAttribute('aria-expanded', String(open));
      button.firstElementChild.textContent = open ? button.dataset.close : button.dataset.open;
      document.getElementById('panel').classList.toggle('folded', !open);
    };
    button.addEventListener('click', () => set(body.hidden));
    set(!small());
    X.foldOnPhone = () => small() && set(false);
    map.on('fullscreenchange', () => map.invalidateSize());
  }

  function wireLayers(repaint) {
    all('[data-layer]').forEach((box) => {
      X.shown[box.dataset.layer] = box.checked;
      box.addEventListener('change', () => {
        X.shown[box.dataset.layer] = box.checked;
        repaint(box.dataset.layer);
      });
    });
  }

  function showDay() {
    all('.day').forEach((section) => {
      section.hidden = X.day !== null && section.dataset.day !== X.day;
    });
  }

  function wireDays(repaint) {
    all('input[name=day]').forEach((radio) => {
      if (radio.checked) X.day = radio.value || null;
      radio.addEventListener('change', () => {
        X.day = radio.value || null;
        X.openRoute(null);
        showDay();
        repaint('routes');
      });
    });
    showDay();
  }

  /* Opens the route in the list as well as on the map; null closes all. */
  X.markRoute = function (index) {
    all('[data-route]').forEach((button) => {
      const open = Number(button.dataset.route) === index;
      button.setAttribute('aria-expanded', String(open));
      button.nextElementSibling.hidden = !open;
      if (open) button.scrollIntoView({ block: 'nearest' });
    });
  };

  function wireLists(open) {
    all('[data-route]').forEach((button) => {
      button.addEventListener('click', () => {
        const index = Number(button.dataset.route);
        const isOpen = button.getAttribute('aria-expanded') === 'true';
        X.openRoute(isOpen ? null : index, { move: true });
      });
    });
    all('[data-stop]').forEach((button) => {
      const parts = button.dataset.stop.split(':').map(Number);
      const route = X.routes[parts[0]];
      button.addEventListener('click', () =>
        open.stop(route, route.stops[parts[1]], { move: true, from: button })
      );
    });
    all('[data-place]').forEach((button) => {
      const index = X.places.indexOf(button.dataset.place);
      button.addEventListener('click', () => open.place(index, { move: true, from: button }));
    });
  }

  X.wirePanel = function (map, open, repaint) {
    wireFold(map);
    wireLayers(repaint);
    wireDays(repaint);
    wireLists(open);
  };
})(window.Xunge);
