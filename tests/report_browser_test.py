#!/usr/bin/env python3
"""Opens reports in headless Chromium, as their readers do, through chromedriver (W3C WebDriver).

    report_browser_test.py JUGGLER SCENES [SCREENSHOT.png]

Exits with 77 where there is no Chromium, so that ctest calls it skipped.
"""

import base64
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key WebDriver wraps an element's id in


class Browser:
    def __init__(self, chromium, driver):
        self.driver = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True)
        for line in self.driver.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                break
        else:
            raise RuntimeError("chromedriver did not start")
        self.base = f"http://127.0.0.1:{found[1]}/session"
        options = {"binary": chromium, "args": ["--headless", "--no-sandbox", "--disable-gpu",
                                                "--window-size=1280,1000"]}
        self.session = self.call("", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})["sessionId"]
        self.base += "/" + self.session

    def call(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, path):
        self.call("/url", {"url": path.as_uri()})

    def run(self, script):
        return self.call("/execute/sync", {"script": script, "args": []})

    def find(self, selector):
        found = self.call("/element", {"using": "css selector", "value": selector})
        return found[ELEMENT]

    def press(self, selector, keys):
        self.call(f"/element/{self.find(selector)}/value", {"text": keys})

    def click(self, selector):
        self.call(f"/element/{self.find(selector)}/click", {})

    def drag(self, selector, share):
        """Presses the middle of an element and lets go at a share of its width."""
        width = self.run(f"return document.querySelector('{selector}').clientWidth")
        origin = {ELEMENT: self.find(selector)}

        def move(x):
            return {"type": "pointerMove", "origin": origin, "x": x, "y": 0}
        self.call("/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": [
            move(0), {"type": "pointerDown", "button": 0},
            move(round((share - 0.5) * width)), {"type": "pointerUp", "button": 0}]}]})

    def media(self, **features):
        self.call("/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {
            "features": [{"name": name.replace("_", "-"), "value": value}
                         for name, value in features.items()]}})

    def scripts(self, on):
        self.call("/goog/cdp/execute", {"cmd": "Emulation.setScriptExecutionDisabled",
                                        "params": {"value": not on}})

    def log(self, kind):
        return self.call("/se/log", {"type": kind})

    def screenshot(self, file):
        # The whole page, not only what fits the window.
        picture = self.call("/goog/cdp/execute", {"cmd": "Page.captureScreenshot", "params": {
            "captureBeyondViewport": True}})["data"]
        pathlib.Path(file).write_bytes(base64.b64decode(picture))

    def close(self):
        self.call("", method="DELETE")
        self.driver.terminate()
        self.driver.wait()


def requests(browser):
    """Addresses that were asked for since this was last called."""
    for entry in browser.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]


def check(what, holds):
    print("ok  " if holds else "FAIL", what)
    check.failed += not holds


check.failed = 0


def make_pages(juggler, scenes, folder):
    def run(*words):
        subprocess.run([juggler, *words], cwd=folder, check=True, capture_output=True)

    cornell = scenes + "/cornell.json"
    small = ["--size", "96x96", "-s", "4"]
    run("compare", cornell, *small, "--runs", "1", "-t", "1,2", "--arrangements", "3",
        "--report", "compare.html")
    run("render", cornell, *small, "-o", "a.png", "--report", "render.html")
    run("render", cornell, *small, "-s", "9", "-o", "b.png")
    subprocess.run([juggler, "diff", "a.png", "b.png", "--report", "diff.html"], cwd=folder,
                   capture_output=True)
    run("learn", "one-frame", "--json", "--report", "learn.html")
    return {name: folder / f"{name}.html" for name in ("compare", "render", "diff", "learn")}


def check_page(browser, name, path):
    browser.open(path)
    check(f"{name}: is under 5 MB", path.stat().st_size < 5_000_000)
    check(f"{name}: every picture loads", browser.run(
        "return [...document.images].every(i => i.complete && i.naturalWidth > 0)"))
    check(f"{name}: every picture has words", browser.run(
        "return [...document.querySelectorAll('img')].every(i => i.alt) && "
        "[...document.querySelectorAll('[role=img]')].every(i => i.ariaLabel)"))
    check(f"{name}: has one heading of the first order", browser.run(
        "return document.querySelectorAll('h1').length === 1"))
    check(f"{name}: is not wider than the window", browser.run(
        "return document.documentElement.scrollWidth <= innerWidth"))
    light = browser.run("return getComputedStyle(document.body).backgroundColor")
    browser.media(prefers_color_scheme="dark")
    dark = browser.run("return getComputedStyle(document.body).backgroundColor")
    browser.media(prefers_color_scheme="light")
    check(f"{name}: is dark where that is preferred", light == "rgb(255, 255, 255)" != dark)
    asked = list(requests(browser))
    outside = [url for url in asked if not url.startswith(("file:", "data:"))]
    check(f"{name}: asks nothing of the network {outside}", path.as_uri() in asked and not outside)
    errors = [e["message"] for e in browser.log("browser") if e["level"] in ("SEVERE", "WARNING")]
    check(f"{name}: no error on the console {errors}", not errors)


def check_slider(browser, path):
    def value():
        return int(browser.run("return document.querySelector('input').value"))

    def cut():
        return browser.run("return getComputedStyle(document.querySelector("
                           "'.pair figure + figure')).clipPath")
    browser.open(path)
    check("slider: begins in the middle", value() == 50 and "50%" in cut())
    browser.press("input", "\ue014" * 3)  # arrow right
    check("slider: moves by keys", value() == 53 and "53%" in cut())
    browser.drag(".pair", 0.25)
    check("slider: follows the mouse on the picture", abs(value() - 25) <= 1)
    browser.drag("input", 0.8)
    check("slider: follows the mouse on itself", abs(value() - 80) <= 3)
    browser.press("body", "f")
    first = value(), browser.run("return document.querySelector('output').textContent")
    browser.press("body", "f")
    second = value(), browser.run("return document.querySelector('output').textContent")
    check("slider: key F flips and says which is shown",
          {first, second} == {(0, "b.png"), (100, "a.png")})
    browser.click("button")
    check("slider: so does its button", value() == first[0])


def check_without_scripts(browser, path):
    browser.scripts(False)
    browser.open(path)
    browser.scripts(True)
    boxes = browser.run("return [...document.querySelectorAll('.pair figure')]"
                        ".map(f => f.getBoundingClientRect().left)")
    check("no scripts: pictures stand side by side", len(boxes) == 2 and boxes[0] < boxes[1])
    check("no scripts: no controls that do nothing", browser.run(
        "return getComputedStyle(document.querySelector('.controls')).display === 'none'"))


def main():
    juggler, scenes = (str(pathlib.Path(name).resolve()) for name in sys.argv[1:3])
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        print("skipped: needs chromium and chromedriver (apt-get install chromium-driver)")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        pages = make_pages(juggler, scenes, pathlib.Path(folder))
        browser = Browser(chromium, driver)
        try:
            for name, path in pages.items():
                check_page(browser, name, path)
            check_slider(browser, pages["diff"])
            check_without_scripts(browser, pages["diff"])
            if len(sys.argv) > 3:
                browser.open(pages["compare"])
                browser.screenshot(sys.argv[3])
        finally:
            browser.close()
    return 1 if check.failed else 0


sys.exit(main())
