# SPDX-License-Identifier: Apache-2.0
"""A real browser, JavaScript off: an interval is drawn and an evidence link is live for each measurement."""

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from tests.cli.cases import hauberk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    hauberk("demo", "--keep", "credit", cwd=folder, home=folder)
    told = hauberk("gate", "--json", "-m", "credit/hauberk.yaml", cwd=folder, home=folder).document
    done = hauberk(
        "report", "--format", "html", "--out", "r.html", "-m", "credit/hauberk.yaml", cwd=folder, home=folder
    )
    assert (folder / "r.html").is_file(), done.err
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*QUIET, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    browser.get((folder / "r.html").as_uri())
    yield browser, told
    browser.quit()


def measured(told):
    return [measurement for one in told["evidence"] for measurement in one["measurements"]]


def test_each_measurement_with_an_interval_is_drawn(page):
    browser, told = page
    with_interval = [one for one in measured(told) if one["value"] is not None and one["low"] is not None]
    drawn = browser.find_elements(By.CSS_SELECTOR, "svg.strip line.interval")
    assert with_interval
    assert len(drawn) == len(with_interval)
    visible = [svg for svg in browser.find_elements(By.CSS_SELECTOR, "svg.strip") if svg.size["width"] > 50]
    assert len(visible) >= len(with_interval)


def test_each_measurement_links_to_its_evidence(page):
    browser, told = page
    links = browser.find_elements(By.CSS_SELECTOR, "table.measured a[href*='#ev-']")
    assert len(links) >= len(measured(told))
    known = {one["id"].partition(":")[2][:16] for one in told["evidence"]}
    for link in links:
        anchor = link.get_attribute("href").partition("#")[2]
        assert anchor.removeprefix("ev-") in known
        assert browser.find_elements(By.ID, anchor)


def test_a_link_leads_to_the_evidence(page):
    browser, _ = page
    link = browser.find_element(By.CSS_SELECTOR, "table.measured a[href*='#ev-']")
    anchor = link.get_attribute("href").partition("#")[2]
    browser.get(link.get_attribute("href"))
    assert browser.find_element(By.CSS_SELECTOR, "*:target").get_attribute("id") == anchor


def test_the_page_asks_for_nothing_outside_itself(page):
    browser, _ = page
    source = browser.page_source
    assert "<script" not in source
    for attribute in ("src", "href"):
        outside = browser.find_elements(
            By.CSS_SELECTOR, f"link[{attribute}], img[{attribute}^='http'], script[{attribute}]"
        )
        assert not outside


def test_every_stage_has_a_lamp_with_words(page):
    browser, _ = page
    text = browser.find_element(By.TAG_NAME, "body").text
    for stage in ("design", "develop", "data", "train", "attack", "deploy", "govern"):
        assert stage in text


def test_the_posture_is_a_matrix_that_shows_without_script(page):
    browser, _ = page
    assert browser.find_elements(By.CSS_SELECTOR, "h2#posture")
    cells = browser.find_elements(By.CSS_SELECTOR, "table.matrix .cell")
    assert len(cells) > 30
    assert all(cell.size["width"] > 15 for cell in cells[:40])
    assert {cell.text[:1] for cell in cells[:40]} >= {"!", "+"}


@pytest.mark.parametrize(
    ("anchor", "says"),
    [
        ("fairness", "points less often than everybody else"),
        ("explanations", "stability"),
        ("threats", "threats:"),
    ],
)
def test_what_govern_computes_is_drawn_and_said_in_words(page, anchor, says):
    browser, _ = page
    (section,) = browser.find_elements(By.CSS_SELECTOR, f"section[aria-labelledby='{anchor}']")
    assert says in section.text
    drawings = section.find_elements(By.CSS_SELECTOR, ".drawn svg")
    assert drawings
    assert all(one.size["width"] > 200 and one.size["height"] > 50 for one in drawings)
    assert len(section.find_elements(By.CSS_SELECTOR, "svg text")) > 5


def test_each_measure_of_fairness_has_its_interval(page):
    browser, _ = page
    drawn = "section[aria-labelledby='fairness'] .drawn svg"
    dots, lines = (
        browser.find_elements(By.CSS_SELECTOR, f"{drawn} {one}") for one in ("circle", "path[stroke='#1c2127']")
    )
    assert len(dots) >= 25
    assert len(lines) == len(dots)


def test_the_whole_page_weighs_at_most_a_megabyte_and_a_half(page):
    browser, _ = page
    assert len(browser.page_source.encode()) <= 1_500_000
