"""From a file on an editor's disk to an answer: uploaded, looked at, published, asked, and taken back."""

from playwright.sync_api import expect

from tests.browser.test_every_page import check

ADD = "/admin/knowledge/importjob/add/"
PAGE = b"# Renting a zeppelin\n\nA zeppelin can be rented in Gent from nine in the morning. The pilot comes with it.\n"


def test_a_file_becomes_an_answer(live, sign_in):
    """Red when confirming does not ask a worker, and when the answer is not read from the stream."""
    page, watch = sign_in("editor", ADD)
    page.get_by_test_id("import-files").set_input_files(
        [{"name": "huge.exe", "mimeType": "application/octet-stream", "buffer": b"x"}]
    )
    expect(page.get_by_role("alert")).to_contain_text("this kind of file is not read")
    page.get_by_test_id("import-files").set_input_files(
        [
            {"name": "renting.md", "mimeType": "text/markdown", "buffer": PAGE},
            {"name": "broken.txt", "mimeType": "text/plain", "buffer": b"\xff"},
        ]
    )
    expect(page.get_by_role("alert")).to_be_hidden()
    check(page)
    page.get_by_test_id("import-upload").click()
    expect(page.get_by_test_id("import-verdict")).to_contain_text("Nothing has been written yet")
    expect(page.get_by_test_id("import-item")).to_have_count(2)
    check(page)
    page.get_by_role("link", name="Renting a zeppelin").click()
    check(page)
    page.go_back()
    page.get_by_test_id("import-confirm").click()
    expect(page.get_by_test_id("import-undo")).to_be_visible()
    job = page.url
    live.wait_indexed()
    page.goto(f"{live.webs[0].url}/admin/knowledge/article/search/?question=Where+can+a+zeppelin+be+rented%3F")
    expect(page.get_by_test_id("ask-answer")).to_have_attribute("data-done", "yes")
    expect(page.get_by_test_id("ask-answer").get_by_role("listitem").first).to_contain_text("Renting a zeppelin")
    expect(page.get_by_test_id("search-passage").first).to_contain_text("A zeppelin can be rented in Gent")
    check(page)
    page.get_by_test_id("search-passage").first.get_by_role("link", name="Renting a zeppelin").first.click()
    expect(page.locator(".version:target")).to_contain_text("The pilot comes with it")
    page.goto(job)
    page.get_by_test_id("import-undo").click()
    expect(page.get_by_test_id("import-state")).to_have_text("Undone")
    page.goto(f"{live.webs[0].url}/admin/knowledge/importjob/")
    expect(page.get_by_test_id("job").filter(has_text="renting")).to_contain_text("Undone")
    check(page)
    assert watch.errors == []
