"""Opens the admin page in Chromium and prints what a person would see, as JSON:

    look-at-admin-page.py URL [--pictures PREFIX] [--axe FILE]

With --pictures a screenshot of each width, light and dark, is left at PREFIX-WIDTH-SCHEME.png. With --axe, which names axe.min.js of
axe-core, what breaks a rule of accessibility is listed too. Needs python3-selenium and chromium-driver.
"""

import argparse
import json

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 60


def browser():
    options = webdriver.ChromeOptions()
    # No sandbox: root has none to give, and the page is ours.
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


def look(driver, url, scheme, width, options):
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    metrics = {"width": width, "height": 1500 if width > 500 else 2600, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.get(url)

    def until(script):
        WebDriverWait(driver, PATIENCE).until(lambda driver: driver.execute_script(f"return {script}"))

    until("document.querySelectorAll('#live .row').length > 0 && document.querySelectorAll('#routes-body tbody tr').length > 0")
    until("plots.every((plot) => plot.points.length > 0)")
    until("document.querySelector('#unmatched-body').childElementCount > 0")
    # The first request that found no route, with what came near.
    driver.execute_script("[...document.querySelectorAll('#live .route')].find((cell) => cell.textContent === 'no route').closest('button').click()")
    until("document.querySelector('.exchange .parts') !== null")
    seen = {
        "scheme": scheme, "width": width,
        "overflow": driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth"),
        "requests": [row.text.split("\n") for row in driver.find_elements("css selector", "#live .row")],
        "near miss": driver.find_element("css selector", ".exchange .parts").text.split("\n"),
        "its lines": driver.find_element("css selector", ".exchange pre").text,
        "routes": driver.find_element("id", "routes-note").text,
        "unused": [row.text for row in driver.find_elements("css selector", "tr.unused td:first-child")],
        "message": driver.find_element("id", "message").text,
        "plots": [plot.get_attribute("aria-label") for plot in driver.find_elements("css selector", ".plots svg")],
    }
    if options.pictures:
        driver.save_screenshot(f"{options.pictures}-{width}-{scheme}.png")
    if options.axe:
        with open(options.axe) as axe:
            driver.execute_script(axe.read())
        found = driver.execute_async_script("axe.run(document, {resultTypes: ['violations']}).then(arguments[0])")
        seen["violations"] = [f"{each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"]]
    seen["console"] = [entry["message"] for entry in driver.get_log("browser")]
    return seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--pictures")
    parser.add_argument("--axe")
    options = parser.parse_args()
    driver = browser()
    try:
        driver.set_script_timeout(PATIENCE)
        print(json.dumps([look(driver, options.url, scheme, width, options) for scheme in ("light", "dark") for width in (1440, 390)]))
    finally:
        driver.quit()


main()
