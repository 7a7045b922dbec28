"""What axe-core cannot judge of WCAG 2.2 AA, asked of a Playwright page. Each check returns what is wrong, in words.

axe-core has one rule of 2.2 (target size) and misses reflow, so these stand beside it; neither replaces a person.
"""

MOST_STOPS = 300  # a page with more tab stops than this has another fault

# 1.4.12: the reader's own spacing. Values as the success criterion states them.
SPACING = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }
"""

# Not a <style> element: the pages' content security policy refuses one.
ADD_SHEET = """css => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
}"""

TOO_WIDE = """width => {
  const scrolls = element => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
  const inScroller = element => {
    for (let at = element; at && at !== document.documentElement; at = at.parentElement) if (scrolls(at)) return true;
    return false;
  };
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.body.querySelectorAll('*')].filter(
    element => element.getBoundingClientRect().right > width + 1 && !inScroller(element));
  return [`the page is ${document.documentElement.scrollWidth} px wide, not ${width}`].concat(
    wide.slice(0, 5).map(element => `reaches out: <${element.tagName.toLowerCase()} class="${element.className}">`));
}"""

CLIPPED = """() => {
  const hides = style => ['hidden', 'clip'].includes(style.overflowX) || ['hidden', 'clip'].includes(style.overflowY);
  const cut = element => {
    const style = getComputedStyle(element);
    const seen = element.clientWidth > 1 && element.clientHeight > 1;  // 1 px: meant for screen readers only
    return seen && hides(style) && element.textContent.trim() && !element.closest('svg') &&
      (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1);
  };
  return [...document.body.querySelectorAll('*')].filter(cut).map(
    element => `text is cut off: <${element.tagName.toLowerCase()} class="${element.className}">`);
}"""

# How an element looks, with what GOV.UK styles for it: the box drawn before a radio's label.
LOOK = """window.wcagLook = element => {
  const parts = [[element, null], [element, '::before'], [element, '::after']];
  for (const label of element.labels || []) parts.push([label, null], [label, '::before'], [label, '::after']);
  return parts.map(([one, pseudo]) => {
    const style = getComputedStyle(one, pseudo);
    const outline = style.outlineStyle === 'none' || style.outlineWidth === '0px' ? '' : style.outline;
    return [outline, style.boxShadow, style.backgroundColor, style.borderColor, style.borderWidth].join('|');
  }).join('||');
};
window.wcagStops = []"""

STOP = """() => {
  const element = document.activeElement;
  if (!element || element === document.body || wcagStops.some(stop => stop.element === element)) return false;
  const labels = [...(element.labels || [])];
  const boxes = [element, ...labels].flatMap(one => [...one.getClientRects()]).filter(box => box.width && box.height);
  const mine = found => found && (element.contains(found) || labels.some(label => label.contains(found)));
  const points = boxes.flatMap(box => [[box.left + box.width / 2, box.top + box.height / 2],
    [box.left + 2, box.top + 2], [box.right - 2, box.bottom - 2]]);
  const uncovered = points.some(([x, y]) => mine(document.elementFromPoint(x, y)));
  wcagStops.push({element, uncovered, look: wcagLook(element)});
  return true;
}"""

STOPS_AT_FAULT = """() => {
  document.activeElement.blur();
  return wcagStops.flatMap(({element, uncovered, look}) => {
    const words = (element.textContent || element.name || '').trim().slice(0, 40);
    const name = `<${element.tagName.toLowerCase()}> "${words}"`;
    return (uncovered ? [] : [`covered or out of sight when reached by Tab: ${name}`]).concat(
      look === wcagLook(element) ? [`looks the same with and without focus: ${name}`] : []);
  });
}"""


def reflow(page) -> list[str]:
    """1.4.10: at 320 px nobody scrolls sideways, except inside a table or chart that scrolls by itself.

    The configured width is the measure: a phone's own idea of its width grows with the page and would hide the fault.
    """
    width = page.viewport_size["width"]
    assert width == 320, "ask for reflow on a page opened with phone=True"
    page.wait_for_load_state()
    return page.evaluate(TOO_WIDE, width)


def text_spacing(page) -> list[str]:
    """1.4.12: with the reader's own spacing no text is cut off and the page does not grow sideways."""
    page.wait_for_load_state()  # after a click the next page may have begun and hold nothing yet
    before = page.evaluate("document.documentElement.scrollWidth")
    page.evaluate(ADD_SHEET, SPACING)
    after = page.evaluate("document.documentElement.scrollWidth")
    clipped = page.evaluate(CLIPPED)
    page.evaluate("document.adoptedStyleSheets.pop()")
    return clipped + ([f"the page grows from {before} to {after} px"] if after > before + 1 else [])


def tab_stops(page) -> list[str]:
    """2.4.7 and 2.4.11: every stop of the Tab key can be seen, is not covered, and shows that it has the focus."""
    page.wait_for_load_state()
    page.evaluate(LOOK)
    count = 0
    while count < MOST_STOPS:
        page.keyboard.press("Tab")
        if not page.evaluate(STOP):
            break
        count += 1
    assert count, "the Tab key reaches nothing on this page"
    return page.evaluate(STOPS_AT_FAULT)


def problems(page) -> list[str]:
    """Everything above that applies to the page's width."""
    narrow = reflow(page) if page.viewport_size["width"] == 320 else []
    return narrow + text_spacing(page) + tab_stops(page)
