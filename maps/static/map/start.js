/* Puts the layers on the map that Folium made, and answers clicks by asking them from the top. */
(function (X) {
  'use strict';
  const REACH = 11; // pixels around a click in which a symbol counts as hit
  const TOUCH = 18;

  function townLabels(map) {
    const pane = map.createPane('labels');
    pane.style.zIndex = 440;
    pane.style.pointerEvents = 'none';
    const labels = X.raw.towns.map((town) => {
      const icon = L.divIcon({ html: X.el('span', '', town[0]), className: 'town', iconSize: [0, 0] });
      return L.marker([town[2], town[1]], { icon: icon, pane: 'labels', interactive: false, keyboard: false }).addTo(map);
    });
    /* A label that would run into one that is already placed stays away until there is room. */
    const settle = () => {
      const taken = [];
      labels.forEach((label, i) => {
        const at = map.latLngToLayerPoint(label.getLatLng());
        const half = 6.5 * X.raw.towns[i][0].length + 2;
        const free = taken.every((t) => Math.abs(t[0] - at.x) > t[2] + half || Math.abs(t[1] - at.y) > 15);
        if (free) taken.push([at.x, at.y, half]);
        label.getElement().style.visibility = free ? 'visible' : 'hidden';
      });
    };
    map.on('zoomend', settle);
    settle();
  }

  function stationMarkers(map) {
    const symbol = X.raw.style.station;
    return L.layerGroup(
      X.raw.stations.map((station) => {
        const canvas = X.sprite(symbol);
        canvas.style.width = canvas.style.height = symbol.size + 'px';
        const icon = L.divIcon({ html: canvas, className: 'station', iconSize: [symbol.size, symbol.size] });
        const marker = L.marker([station[2], station[1]], { icon: icon, pane: 'stops', keyboard: false, bubblingMouseEvents: false, zIndexOffset: -500 });
        return marker.bindTooltip(X.el('span', '', station[0]), { direction: 'top', offset: [0, -8] });
      })
    );
  }

  function homeControl(map, home) {
    const Home = L.Control.extend({
      onAdd: function () {
        const bar = X.el('div', 'leaflet-bar');
        const button = X.button('home', '⌂', home);
        button.title = X.say('home');
        button.setAttribute('aria-label', X.say('home'));
        bar.appendChild(button);
        L.DomEvent.disableClickPropagation(bar);
        return bar;
      },
    });
    map.addControl(new Home({ position: 'topleft' }));
  }

  function controls(map, home) {
    L.control.zoom({ zoomInTitle: X.say('zoom_in'), zoomOutTitle: X.say('zoom_out') }).addTo(map);
    homeControl(map, home);
    L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
    const box = map.getContainer();
    box.setAttribute('role', 'application');
    box.setAttribute('aria-label', X.say('canvas'));
  }

  /* Popups with our close label; focus goes in, and back to where it came from. */
  function popups(map) {
    let from = null;
    map.on('popupopen', (event) => {
      const close = event.popup.getElement().querySelector('.leaflet-popup-close-button');
      if (!close) return;
      close.setAttribute('aria-label', X.say('close'));
      close.title = X.say('close');
      if (from) close.focus({ preventScroll: true });
    });
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.defaultPrevented) map.closePopup();
    });
    map.on('popupclose', () => {
      if (from && document.contains(from)) from.focus({ preventScroll: true });
      from = null;
    });
    return function (at, content, opener, lift) {
      const pad = X.panelPadding();
      const popup = L.popup({
        minWidth: 230,
        maxWidth: Math.min(310, window.innerWidth - 100),
        maxHeight: Math.max(220, map.getSize().y * 0.55),
        offset: [0, lift || 0],
        autoPanPaddingTopLeft: [54, 30],
        autoPanPaddingBottomRight: [pad.right, pad.bottom],
      });
      map.closePopup();
      from = opener || null;
      popup.setLatLng(at).setContent(content).openOn(map);
    };
  }

  X.start = function (map) {
    const stopsPane = map.createPane('stops');
    stopsPane.style.zIndex = 620;
    const layers = {
      roads: new X.RoadLayer(X.raw.roads, { pane: 'roads' }),
      zones: new X.ZoneLayer({ pane: 'zones' }),
      cells: new X.CellLayer({ pane: 'cells' }),
      dots: new X.DotLayer({ pane: 'dots' }),
      routes: new X.RouteLayer({ pane: 'routes' }),
      sites: new X.SiteLayer({ pane: 'sites' }),
    };
    const focus = L.layerGroup();
    const b = X.raw.bounds;
    const home = () => {
      const pad = X.panelPadding();
      map.closePopup();
      map.fitBounds([[b[1], b[0]], [b[3], b[2]]], {
        paddingTopLeft: [16, 16],
        paddingBottomRight: [pad.right, pad.bottom],
        animate: false,
      });
    };
    const show = popups(map);
    const stations = stationMarkers(map);
    const open = {};
    const stops = new X.StopMarkers(map, (route, stop, face) => open.stop(route, stop, { from: face.parentNode }));

    function repaint(name) {
      if (name === 'stations') X.shown.stations ? stations.addTo(map) : stations.remove();
      else if (name.indexOf('zone') === 0) layers.zones.repaint();
      else if (name === 'cells') layers.cells.repaint();
      else if (name === 'plain') layers.dots.repaint();
      else if (name === 'routes') {
        layers.routes.repaint();
        stops.refresh(layers.routes.opened);
      } else layers.sites.repaint();
    }

    function goTo(at, zoom) {
      map.setView(at, Math.max(map.getZoom(), zoom), { animate: false });
    }

    open.place = function (index, how) {
      const place = X.places.get(index);
      if (how && how.move) {
        X.foldOnPhone();
        goTo(place.at, 13);
      }
      show(place.at, X.placePopup(index, open), how && how.from, -6);
      focus.clearLayers();
      focus.addLayer(L.circleMarker(place.at, { radius: 14, color: '#111827', weight: 2, fill: false, interactive: false }));
      if (place.radius > 100) {
        focus.addLayer(L.circle(place.at, { radius: place.radius, color: '#111827', weight: 1.2, dashArray: '3 5', fillOpacity: 0.04, interactive: false }));
      }
    };
    open.cell = function (index, at) {
      const ring = X.cells[index].ring;
      layers.cells.open(index);
      show(at || L.latLngBounds(ring).getCenter(), X.cellPopup(index));
      layers.cells.open(index);
    };
    open.stop = function (route, stop, how) {
      if (how && how.move) {
        X.foldOnPhone();
        goTo(X.stopAt(stop), 12.5);
      }
      show(X.stopAt(stop), X.stopPopup(route, stop, open), how && how.from, -14);
    };
    X.openRoute = function (index, how) {
      layers.routes.open(index);
      stops.refresh(index);
      X.markRoute(index);
      if (index === null || !how || !how.move || !X.routes[index].path.length) return;
      const pad = X.panelPadding();
      X.foldOnPhone();
      map.closePopup();
      map.fitBounds(X.routes[index].path, {
        paddingTopLeft: [60, 40],
        paddingBottomRight: [pad.right + 20, pad.bottom + 20],
        maxZoom: 14,
      });
    };

    map.on('popupclose', () => {
      focus.clearLayers();
      layers.cells.open(null);
    });

    X.wirePanel(map, open, repaint);
    home();
    Object.keys(layers).forEach((name) => layers[name].addTo(map));
    focus.addTo(map);
    townLabels(map);
    controls(map, home);
    X.wireSearch(open);
    repaint('stations');
    repaint('routes');

    /* Zones cover much ground: they answer a click, not every move of the mouse. */
    function hit(event, reach, deep) {
      const at = map.latLngToLayerPoint(event.latlng);
      const point = [at.x, at.y];
      const sites = layers.sites.pick(point, reach);
      if (sites.length) return { sites: sites };
      const route = layers.routes.pick(point, 6);
      if (route) return { route: route };
      const dots = layers.dots.pick(point, Math.min(reach, 5));
      if (dots.length) return { sites: dots };
      const cell = layers.cells.pick(point);
      if (cell >= 0) return { cell: cell };
      const zones = deep ? layers.zones.pick(point) : [];
      return zones.length ? { zones: zones } : {};
    }

    map.on('click', (event) => {
      const touch = event.originalEvent && event.originalEvent.pointerType === 'touch';
      const found = hit(event, touch ? TOUCH : REACH, true);
      if (found.sites && found.sites.length === 1) open.place(found.sites[0]);
      else if (found.sites) show(event.latlng, X.choicePopup(found.sites, open));
      else if (found.route) {
        X.openRoute(found.route.index);
        show(event.latlng, X.routePopup(found.route, open));
      } else if (found.cell !== undefined) open.cell(found.cell, event.latlng);
      else if (found.zones) show(event.latlng, X.zonePopup(found.zones));
      else if (layers.routes.opened !== null) X.openRoute(null);
    });

    const hint = L.tooltip({ direction: 'top', offset: [0, -10], className: 'hint' });
    let asked = false;
    map.on('mousemove', (event) => {
      if (asked) return;
      asked = true;
      window.requestAnimationFrame(() => {
        asked = false;
        const found = hit(event, REACH);
        map.getContainer().classList.toggle('can-click', Object.keys(found).length > 0);
        if (!found.sites) {
          hint.remove();
          return;
        }
        const more = found.sites.length > 1 ? ' +' + (found.sites.length - 1) : '';
        const first = found.sites[0];
        hint.setLatLng([X.places.lat[first], X.places.lon[first]]);
        hint.setContent(X.el('span', '', X.places.name(first) + more));
        if (!map.hasLayer(hint)) hint.addTo(map);
      });
    });
    map.on('mouseout', () => hint.remove());
    X.map = map;
  };
})(window.Xunge);
