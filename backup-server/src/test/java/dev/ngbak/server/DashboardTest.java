package dev.ngbak.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Tests the dashboard in a real browser, on a real server with real files. After each test, no request went to another origin
 * and the console has no error. With {@code -Dngbak.screenshots=FOLDER}, screenshots of the main states are saved.
 */
class DashboardTest extends BrowserTest {

    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(client.workingDir())) {
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return contents;
    }

    private void deleteWorkingFiles() throws IOException {
        try (Stream<Path> files = Files.list(client.workingDir())) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void uploadedArchiveRestoresAWipedSystem() throws IOException {
        Map<String, String> before = contents();
        assertThat(page.locator("#last")).hasText("none yet");
        assertThat(page.locator("#stores")).containsText("reachable");
        screenshot("dashboard-empty");
        create("mine", "before re-index");
        assertThat(page.locator("#last")).hasText("just now");
        assertThat(page.locator("#jobs")).containsText("Backup mine");
        assertThat(page.locator(ROWS)).containsText(new String[] {"before re-index"});
        screenshot("dashboard");

        Download download = page.waitForDownload(() -> more("mine", "Download"));
        assertThat(download.suggestedFilename()).isEqualTo("mine.ngbak");
        Path file = temp.resolve("downloaded.ngbak");
        download.saveAs(file);
        assertThat(file).hasSameBinaryContentAs(client.backups().resolve("mine.ngbak"));

        deleteWorkingFiles();
        button("Restore from a file…").click();
        page.locator("#archive-file").setInputFiles(file);
        Locator plan = page.locator("table.plan");
        assertThat(plan).containsText("documents");
        assertThat(plan.locator("tr", new Locator.LocatorOptions().setHasText("documents"))
                        .first())
                .containsText("+20");
        Locator facts = page.locator("dialog .facts").first();
        assertThat(facts).containsText("downloaded.ngbak, ");
        assertThat(facts).containsText("mine");
        assertThat(facts).containsText("before re-index");
        Locator go = button("Replace the live data");
        assertThat(go).isDisabled();
        screenshot("restore-plan");
        page.locator("dialog").getByLabel("Type").fill("replace");
        go.click();
        assertThat(page.locator("dialog")).containsText("proved equal to the archive");
        assertThat(page.locator("dialog .hint")).containsText("If nano-graphrag is running, restart it now");
        screenshot("restore-done");
        assertThat(contents()).isEqualTo(before);
        page.locator("dialog")
                .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Close"))
                .first()
                .click();
        assertThat(page.locator("#stores .kv")).containsText("20");
        assertThat(page.locator("#jobs")).containsText("Restore mine");
        assertThat(page.locator("#jobs > ul > li > .hint")).containsText("restart it now");
    }

    @Test
    void historyShowsOnlyTheNewestAdvice() {
        String job = "{\"job_id\": \"%s\", \"type\": \"%s\", \"status\": \"completed\", \"error\": null, \"log\": [],"
                + " \"created_at\": \"2026-11-20T02:00:00Z\", \"metadata\": {\"advice\": [\"%s\"]}}";
        answer(
                "jobs",
                "[" + job.formatted("b", "recover", "Restart A.") + ", " + job.formatted("a", "restore", "Restart B.")
                        + "]");

        assertThat(page.locator("#jobs li").first()).containsText("Recovery");
        assertThat(page.locator("#jobs .hint")).hasCount(1);
        assertThat(page.locator("#jobs li").first().locator(".hint")).containsText("Restart A.");
    }

    @Test
    void deletionOfALockedBackupNamesTheDate() {
        create("mine", "");
        page.route(Pattern.compile(".*" + ApiClient.PREFIX + "/backup(\\?.*)?$"), route -> {
            APIResponse list = route.fetch();
            route.fulfill(new Route.FulfillOptions()
                    .setResponse(list)
                    .setBody(list.text()
                            .replace("\"backup_id\"", "\"locked_until\": \"2999-01-01T12:00:00Z\", \"backup_id\"")));
        });
        page.reload();
        assertThat(page.locator("#backups tbody")).containsText("locked");
        more("mine", "Delete…");
        assertThat(page.locator("dialog")).containsText("It is locked until 1 Jan 2999");
    }

    @Test
    void planShowsTheArchiveAndTheDataItReplaces() {
        create("mine", "before re-index");
        page.getByLabel("Restore mine").click();

        Locator facts = page.locator("dialog .facts").first();
        assertThat(facts).containsText("mine");
        assertThat(facts).containsText("before re-index");
        assertThat(facts).containsText("UTC, just now");
        for (String role : List.of("graph", "vector", "kv")) {
            assertThat(page.locator("dialog .target." + role)).containsText("files in " + client.workingDir());
            assertThat(page.locator("dialog .target." + role)).containsText("WORKING_DIR = " + client.workingDir());
        }
    }

    @Test
    void planWithEqualCountsDoesNotClaimEqualContents() throws IOException {
        create("mine", "");
        Path file = client.workingDir().resolve("kv_store_full_docs.json");
        String text = Files.readString(file);
        Files.writeString(file, text.replaceFirst("\"content\": *\"", "$0Changed. "));
        assertThat(Files.readString(file)).isNotEqualTo(text);

        page.getByLabel("Restore mine").click();
        assertThat(page.locator("dialog")).containsText("Equal counts do not mean equal contents");
        assertThat(page.locator("table.plan .less, table.plan .more")).hasCount(0);
        button("Compare contents").click();

        assertThat(page.locator("dialog .target.kv")).containsText("contents differ");
        assertThat(page.locator("dialog .target.graph")).containsText("same contents");
        assertThat(page.locator("dialog .target.vector")).containsText("same contents");
        assertThat(page.getByText("The contents were compared")).isFocused();
    }

    @Test
    void archiveThatFailedVerificationIsNotTheLastGoodBackup() throws IOException {
        // Archives created within one second are sorted by id.
        create("a-older", "");
        create("b-newer", "");
        assertThat(page.locator("#last-detail")).containsText("b-newer");
        Path file = client.backups().resolve("b-newer.ngbak");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - bytes.length / 4] ^= 1;
        Files.write(file, bytes);
        Map<String, String> before = contents();

        more("b-newer", "Verify");

        Locator row = page.locator("#backups tr", new Page.LocatorOptions().setHasText("b-newer"))
                .first();
        assertThat(row).containsText("verification failed");
        assertThat(row.locator(".badge.ok")).hasCount(0);
        assertThat(page.locator("#backups tr.problem")).containsText("damaged");
        assertThat(page.locator("#last-detail")).containsText("a-older");

        page.getByLabel("Restore b-newer").click();
        assertThat(page.locator("dialog")).containsText("This archive failed its last verification");
        button("Check and restore it anyway").click();
        assertThat(page.locator("dialog")).containsText("Nothing was changed.");
        assertThat(contents()).isEqualTo(before);
        errors.removeIf(text -> text.contains("422"));
    }

    @Test
    void malformedElementDoesNotHideTheOthers() {
        String good = "{\"backup_id\": \"good\", \"created_at\": \"2026-11-20T02:00:00Z\", \"size_bytes\": 1,"
                + " \"statistics\": {\"documents\": 7}, \"consistency\": {\"grade\": \"fenced\"}, \"note\": \"fine\"}";
        answer(
                "backup",
                "[" + good.replace("good", "far").replace("2026-11-20", "+1000000000-11-20") + ", "
                        + good.replace("good", "future").replace("2026", "9999") + ", "
                        + "{\"backup_id\": \"odd\", \"created_at\": [], \"size_bytes\": \"big\", \"statistics\": {\"documents\": {}},"
                        + " \"consistency\": 1, \"note\": {}, \"verified\": \"yes\"}, "
                        + "{\"backup_id\": {}}, 7, null, " + good + "]");
        answer(
                "jobs",
                "[null, {\"job_id\": \"x\", \"type\": \"backup\", \"status\": \"failed\", \"log\": null}, "
                        + "{\"job_id\": \"y\", \"type\": \"backup\", \"status\": \"failed\", \"log\": [],"
                        + " \"error\": \"Last seen 2026-11-20T02:00:00.123456789Z.\", \"created_at\": \"never\"}]");

        Locator rows = page.locator(ROWS);
        assertThat(rows.filter(new Locator.FilterOptions().setHasText("far"))).containsText("invalid date");
        assertThat(rows.filter(new Locator.FilterOptions().setHasText("future")))
                .containsText("in the future");
        assertThat(rows.filter(new Locator.FilterOptions().setHasText("odd"))).containsText("invalid");
        assertThat(page.locator("#backups").getByText("invalid entry")).hasCount(3);
        assertThat(rows.last()).containsText("fine");
        assertThat(page.locator("#last-detail")).containsText("good");
        assertThat(page.locator("#jobs").getByText("invalid entry")).hasCount(2);
        assertThat(page.locator("#jobs .failure")).containsText("Last seen 20 Nov 2026, 02:00:00 UTC.");
        assertThat(page.locator("#banner")).isHidden();
    }

    @Test
    void restoreOverLiveDataOffersToUndoIt() throws IOException {
        create("old", "");
        Files.writeString(client.workingDir().resolve("kv_store_full_docs.json"), "{}");
        Map<String, String> changed = contents();

        page.getByLabel("Restore old").click();
        assertThat(page.locator("table.plan")).containsText("documents");
        page.locator("dialog").getByLabel("Type").fill("replace");
        button("Replace the live data").click();
        assertThat(page.locator("dialog")).containsText("To undo this restore");
        assertThat(contents()).isNotEqualTo(changed);

        button("Undo this restore…").click();
        assertThat(page.locator("table.plan")).containsText("−20");
        page.locator("dialog").getByLabel("Type").fill("replace");
        button("Replace the live data").click();
        assertThat(page.locator("dialog")).containsText("proved equal to the archive");
        assertThat(contents()).isEqualTo(changed);

        // The list was rebuilt meanwhile, and has two more archives.
        assertThat(page.locator(ROWS)).hasCount(3);
        page.keyboard().press("Escape");
        assertThat(button("Restore old")).isFocused();
    }

    @Test
    void focusMovesToTheNextRowWhenARowIsDeleted() {
        create("oldest", "");
        create("middle", "");
        create("newest", "");
        more("middle", "Delete…");
        button("Delete permanently").click();
        assertThat(page.locator(ROWS)).hasCount(2);
        assertThat(page.getByLabel("More for oldest")).isFocused();
    }

    @Test
    void focusFindsTheRowThatWasRebuiltWhileItsMenuWasOpen() {
        create("mine", "");
        page.getByLabel("More for mine").click();
        page.evaluate(
                "() => { const cell = document.querySelector('.more-button').parentElement;"
                        + " cell.replaceChildren(cell.firstElementChild.cloneNode(true), cell.lastElementChild.cloneNode(true)); }");

        page.keyboard().press("Escape");

        assertThat(page.locator(".more-button")).isFocused();
    }

    @Test
    void archiveCanBeVerifiedAndDeleted() {
        create("mine", "");
        more("mine", "Verify");
        assertThat(page.locator("#jobs")).containsText("Verification mine");

        more("mine", "Delete…");
        assertThat(page.locator("dialog")).containsText("This cannot be undone");
        button("Delete permanently").click();
        assertThat(page.locator("#backups")).containsText("No backups yet");
        assertThat(client.backups().resolve("mine.ngbak")).doesNotExist();
    }

    @Test
    void damagedUploadIsRefusedAndNothingIsChanged() throws IOException {
        Map<String, String> before = contents();
        create("mine", "");
        byte[] bytes = Files.readAllBytes(client.backups().resolve("mine.ngbak"));
        bytes[bytes.length / 2] ^= 1;
        button("Restore from a file…").click();
        page.locator("#archive-file")
                .setInputFiles(new FilePayload("damaged.ngbak", "application/octet-stream", bytes));
        assertThat(page.locator("dialog .failure")).isVisible();
        assertThat(page.locator("dialog .drop")).isVisible();
        screenshot("restore-refused");
        assertThat(contents()).isEqualTo(before);
        errors.removeIf(text -> text.contains("422")); // the browser logs every answer that is not a 2xx
    }

    @Test
    void textFromAnArchiveIsNotInterpretedAsHtml() {
        String script = "<img src=x onerror=alert(1)><script>alert(2)</script>";
        create("mine", script);
        assertThat(page.locator("#backups .note")).hasText(script);
        assertThat(page.locator("#backups img")).hasCount(0);
    }

    @Test
    void pageReportsALostServerAndReconnects() throws IOException {
        create("mine", "");
        int port = client.uri("/").getPort();
        client.close();
        assertThat(page.locator("#banner")).containsText("No connection to the server");
        assertThat(page.locator("#backups tbody")).containsText("mine");
        screenshot("disconnected");
        client = new ApiClient(temp, "PORT", Integer.toString(port));
        assertThat(page.locator("#banner")).isHidden();
        errors.removeIf(BrowserTest::isLostConnection);
    }

    @Test
    void changesAppearInOtherTabs() {
        Page other = watched(client.uri("/"));
        assertThat(other.locator("#backups")).containsText("No backups yet");
        create("mine", "");
        assertThat(other.locator("#backups tbody")).containsText("mine");
        assertThat(other.locator("#jobs")).containsText("Backup mine");
    }

    @Test
    void everythingWorksByKeyboard() throws IOException {
        assertThat(page.locator("#backups")).containsText("No backups yet");
        page.keyboard().press("Tab");
        assertThat(page.locator(":focus")).hasText("Skip to the backups");
        button("Create backup…").focus();
        page.keyboard().press("Enter");
        assertThat(page.getByLabel("Note (optional)")).isFocused();
        page.keyboard().type("by keys");
        page.keyboard().press("Enter");
        assertThat(page.locator("#backups .note")).hasText("by keys");

        Locator restore = page.locator("[data-key^=Restore]");
        restore.focus();
        page.keyboard().press("Enter");
        assertThat(page.locator("table.plan")).isVisible();
        page.keyboard().press("Escape");
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(restore).isFocused();
    }

    @Test
    void axeFindsNoViolationInAnyStateThemeAndWidth() throws IOException {
        assertThat(page.locator("#stores")).containsText("reachable");
        assertAccessible("empty");
        create("mine", "before re-index");
        page.locator("#jobs summary").first().click();
        assertAccessible("with-backups");
        button("Create backup…").click();
        assertAccessible("create");
        page.keyboard().press("Escape");
        more("mine", "Delete…");
        assertAccessible("delete");
        page.keyboard().press("Escape");
        button("Restore from a file…").click();
        assertAccessible("choose");
        page.locator("#archive-file").setInputFiles(client.backups().resolve("mine.ngbak"));
        assertThat(page.locator("table.plan")).isVisible();
        button("Compare contents").click();
        assertThat(page.locator("dialog .target.kv .badge")).isVisible();
        assertAccessible("plan");
        page.locator("dialog").getByLabel("Type").fill("replace");
        button("Replace the live data").click();
        assertThat(page.locator("dialog")).containsText("proved equal to the archive");
        assertAccessible("done");
        page.keyboard().press("Escape");
        client.close();
        assertThat(page.locator("#banner")).isVisible();
        assertAccessible("disconnected");
        page.close(); // it would continue to poll
        errors.removeIf(BrowserTest::isLostConnection);
    }

    @Test
    void planIsReadableOnTheSmallestScreen() {
        create("mine", "");
        page.setViewportSize(320, 800);
        page.getByLabel("Restore mine").click();
        page.locator("dialog").getByText(Pattern.compile("Show \\d+ unchanged")).click();
        assertThat(page.locator("table.plan")).isVisible();
        Object narrow = page.evaluate("() => [...document.querySelectorAll('table.plan tbody th')]"
                + ".filter(name => name.clientWidth < 200).map(name => name.textContent)");
        assertThat((List<?>) narrow).isEmpty();
    }

    @Test
    void pageFitsTheSmallestScreen() {
        create("snapshot_2026-11-20T02-00-00Z", "a note of some length, so that it must break somewhere");
        create("x".repeat(128), "");
        page.setViewportSize(320, 800);
        assertThat((Integer) page.evaluate("document.documentElement.scrollWidth"))
                .isLessThanOrEqualTo(320);
        // Elements that are cut off do not widen the page.
        Object cutOff = page.evaluate("() => [...document.querySelectorAll('main *, .top *')].filter(element => "
                + "element.getClientRects().length && !element.closest('.hidden, .skip, thead, .muted')"
                + " && element.getBoundingClientRect().right > 320).map(element => element.outerHTML)");
        assertThat((List<?>) cutOff).isEmpty();
        assertThat(((Number) page.evaluate("document.querySelector('.top').clientHeight")).intValue())
                .isLessThan(80);
        screenshot("narrow");
    }

    @Test
    void keyIsAskedForOnlyOnce() throws IOException {
        page.close(); // it would continue to poll
        client.close();
        client = new ApiClient(temp.resolve("locked"), "BACKUP_API_KEY", "open-sesame");
        page = watched(client.uri("/"));
        page.getByLabel("Key", new Page.GetByLabelOptions().setExact(true)).fill("wrong");
        button("Sign in").click();
        assertThat(page.locator("dialog .failure")).isVisible();
        page.getByLabel("Key", new Page.GetByLabelOptions().setExact(true)).fill("open-sesame");
        button("Sign in").click();
        assertThat(page.locator("#backups")).containsText("No backups yet");
        create("mine", "");
        page.reload();
        assertThat(page.locator("#backups tbody")).containsText("mine");
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat((String) page.evaluate("document.cookie")).doesNotContain("open-sesame");
        errors.removeIf(text -> text.contains("401"));
    }

    @Test
    void bucketIsNamedAndSafetyArchivesAreMarkedAsLocal() throws Exception {
        assertThat(page.locator("#repository")).hasText(Pattern.compile("In /.*/backups, [0-9.]+ .iB free"));
        page.close(); // it would continue to poll
        client.close();
        try (TestBucket bucket = new TestBucket()) {
            client = new ApiClient(temp.resolve("remote"), bucket.settingList());
            client.backup("mine");
            client.ended(client.post("/restore", "{\"backup_id\": \"mine\"}"));
            page = watched(client.uri("/"));
            assertThat(page.locator("#repository"))
                    .hasText("In s3://backups/prod at " + bucket.endpoint() + ", free space unknown");
            Locator rows = page.locator(ROWS);
            assertThat(rows).hasCount(2);
            assertThat(rows.first()).containsText("on the server's disk");
            assertThat(rows.last()).not().containsText("on the server's disk");
            screenshot("bucket");
            page.close();
        }
    }
}
