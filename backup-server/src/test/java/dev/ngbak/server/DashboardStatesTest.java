package dev.ngbak.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Tests what the dashboard says in each state of the system. */
class DashboardStatesTest extends BrowserTest {

    private static final int[] WIDTHS = {320, 1280};
    private static final int NARROW = 320;

    private MadeArchives made() throws IOException {
        return new MadeArchives(client.backups());
    }

    /** Answers the next requests of a method and path, and returns the pattern for waiting. */
    private void fulfil(String path, int status) {
        page.route(
                Pattern.compile(".*" + ApiClient.PREFIX + "/" + path + "$"),
                route -> route.fulfill(new Route.FulfillOptions().setStatus(status)));
    }

    @Test
    void nineDaysAndFewEntitiesAreAtRiskForBothReasons() throws Exception {
        MadeArchives archives = made();
        for (int day = 40; day > 9; day--) {
            archives.make(Duration.ofDays(day).plusHours(1), 2_890 + 2L * (40 - day));
        }
        String last = archives.make(Duration.ofDays(9), 87);
        reopen("BACKUP_EXPECTED_EVERY", "26h", "BACKUP_ENVIRONMENT", "production:#8a1c1c");

        assertThat(page.locator("#status")).hasText(Pattern.compile("At risk"));
        Locator reasons = page.locator("#reasons .reasons li");
        assertThat(reasons).hasCount(2);
        assertThat(reasons.first()).containsText("The last good backup is 9 days old");
        assertThat(reasons.last()).containsText("87 now (−97 %)");
        assertThat(page.locator(".day.none")).hasCount(9);
        assertThat(page.locator("#trends .less").last()).containsText("−97 %");
        assertThat(page.locator("#environment")).hasText("production");
        screenshot("story");
        assertAccessible("story", WIDTHS);

        fulfil("backup/" + last + "/acknowledgement", 204);
        button("The counts are right…").click();
        assertThat(page.locator("dialog")).containsText("If data was lost, cancel");
        assertAccessible("acknowledge", NARROW);
        Request sent = page.waitForRequest(
                Pattern.compile(".*/acknowledgement$"),
                () -> button("The data is complete").click());
        assertThat(sent.method()).isEqualTo("PUT");
        assertThat(page.locator("dialog")).hasCount(0);
    }

    @Test
    void unreadableStoreIsBroken() throws Exception {
        reopen("KV_BACKEND", "redis", "REDIS_URL", "redis://127.0.0.1:1");

        assertThat(page.locator("#status")).hasText(Pattern.compile("Broken"));
        assertThat(page.locator("#reasons")).containsText("The kv store cannot be read");
        assertThat(page.locator("#stores .kv")).containsText("not reachable");
        assertAccessible("broken", NARROW);
    }

    @Test
    void listIsReadableWhileItLoads() throws Exception {
        page.route(Pattern.compile(".*/backup\\?.*"), route -> {});
        page.reload();
        assertThat(page.locator("#backups")).hasAttribute("aria-busy", "true");
        assertAccessible("loading", NARROW);
        page.close();
    }

    @Test
    void runningJobDisablesWhatWouldCollideWithIt() throws Exception {
        create("mine", "");
        answer(
                "jobs",
                "[{\"job_id\": \"a\", \"type\": \"drill\", \"status\": \"processing\", \"log\": [], \"error\": null,"
                        + " \"created_at\": \"2026-11-20T02:00:00Z\", \"started_at\": \"2026-11-20T02:00:00Z\","
                        + " \"progress\": {\"phase\": \"restoring\", \"current\": 5, \"total\": 9, \"unit\": \"records\","
                        + " \"stores\": {\"kv\": {\"current\": 5, \"total\": 9, \"unit\": \"records\"}}},"
                        + " \"metadata\": {\"backup_id\": \"mine\"}}]");
        assertThat(page.locator("#running")).containsText("Restore drill mine");
        assertThat(button("Create backup…")).isDisabled();
        assertThat(button("Create backup…")).hasAttribute("title", "Wait for the end of: Restore drill mine");
        assertThat(page.getByLabel("Restore mine")).isDisabled();
        page.getByLabel("More for mine").click();
        assertThat(page.locator(".menu button:enabled")).hasCount(0);
        assertThat(page.locator(".menu a")).hasCount(2);
        assertAccessible("running", WIDTHS);
        errors.removeIf(text -> text.contains("404")); // the events of the made-up job
    }

    @Test
    void knownFindingsAreShownAndUnknownOnesAreNot() throws Exception {
        String rest = "\"size_bytes\": 1, \"statistics\": {\"documents\": 7}, \"consistency\": {\"grade\": \"fuzzy\"},"
                + " \"note\": null, \"created_at\": \"2026-11-20T02:00:00Z\"";
        answer(
                "backup",
                "[{\"backup_id\": \"broken\", \"check\": {\"errors\": 2, \"warnings\": 0, \"rules\": {}}, " + rest
                        + "}, {\"backup_id\": \"drilled\", \"verified\": {\"at\": \"2026-11-20T02:00:00Z\", \"ok\": true},"
                        + " \"drill\": {\"at\": \"2026-11-21T02:00:00Z\", \"passed\": true}, \"encrypted\": true, "
                        + rest
                        + "}, {\"backup_id\": \"foreign\", \"signature\": \"untrusted\", \"pinned\": true, " + rest
                        + "}, {\"backup_id\": \"old\", " + rest + "}]");

        Locator rows = page.locator(ROWS);
        assertThat(rows.nth(0).locator(".state")).containsText("check: 2 errors");
        assertThat(rows.nth(1).locator(".state")).containsText("restore-tested");
        assertThat(rows.nth(1)).containsText("encrypted");
        assertThat(rows.nth(2).locator(".state")).containsText("not trusted");
        assertThat(rows.nth(2)).containsText("pinned");
        assertThat(rows.nth(3).locator(".state")).containsText("not verified");
        Locator capture = rows.nth(3).locator(".name .badge");
        assertThat(capture).containsText("Capture: fuzzy");
        assertThat(capture).hasAttribute("title", Pattern.compile("Something was written.*nothing about integrity"));
        assertAccessible("findings", WIDTHS);
    }

    @Test
    void archivePageShowsStoresFilesAndHistory() throws Exception {
        create("mine", "before <b>re-index</b>");
        more("mine", "Check references");
        assertThat(page.locator("#jobs")).containsText("Reference check mine");
        more("mine", "Details");

        Locator archive = page.locator("#archive");
        assertThat(archive.locator("h2")).hasText("mine");
        assertThat(archive).containsText("before <b>re-index</b>");
        assertThat(archive).containsText("This says nothing about integrity.");
        assertThat(archive.locator("table").first()).containsText("NetworkX");
        assertThat(archive).containsText("kv/full_docs.json");
        assertThat(archive.locator(".history")).containsText("Reference check mine");
        assertThat(page.locator("#backups")).isHidden();
        archive.locator(".history summary").first().click();
        screenshot("archive");
        assertAccessible("archive", WIDTHS);

        archive.getByText("Pin", new Locator.GetByTextOptions().setExact(true)).click();
        assertThat(archive).containsText("pinned");
        page.goBack();
        assertThat(page.locator(ROWS)).containsText(new String[] {"pinned"});

        page.navigate(client.uri("/#/backups/nothing").toString());
        assertThat(archive.locator(".failure")).isVisible();
        archive.locator("a[href='#/']").click();
        assertThat(page.locator("#backups")).isVisible();
        errors.removeIf(text -> text.contains("404"));
    }

    @Test
    void selectedBackupsAreDeletedTogetherAndPinnedOnesStay() throws Exception {
        for (String id : List.of("a", "b", "c")) {
            made().make(id, Instant.now(), 100, null);
        }
        page.reload();
        more("b", "Pin");
        assertThat(page.locator(ROWS).filter(new Locator.FilterOptions().setHasText("pinned")))
                .hasCount(1);
        page.getByLabel("Select all on this page").check();
        assertThat(page.locator("#selection")).containsText("3 selected");
        page.locator("#selection button").click();
        assertThat(page.locator("dialog")).containsText("Delete 2 backups?");
        assertThat(page.locator("dialog")).containsText("pinned, stays");
        assertAccessible("bulk-delete", NARROW);
        button("Delete permanently").click();

        assertThat(page.locator(ROWS)).hasCount(1);
        assertThat(page.locator(ROWS)).containsText(new String[] {"b"});
        assertThat(client.backups().resolve("b.ngbak")).exists();
    }

    @Test
    void restoreOffersAnotherWorkspaceAndConfirmsWithTheEnvironment() throws Exception {
        client.backup("mine");
        reopen("BACKUP_ENVIRONMENT", "staging");
        page.getByLabel("Restore mine").click();
        assertThat(page.locator(".steps [aria-current]")).containsText("Plan");
        assertThat(page.locator("dialog .into")).containsText("staging");
        assertThat(page.locator("dialog table.plan")).containsText("No count would change.");
        page.locator("dialog").getByText(Pattern.compile("Show \\d+ unchanged")).click();
        assertThat(page.locator("dialog table.plan")).containsText("documents");
        page.locator("dialog .other summary").click();
        page.getByLabel("Workspace", new Page.GetByLabelOptions().setExact(true))
                .fill("copy");
        page.getByLabel("Replace what this workspace contains").check();
        page.getByLabel("Convert the archive").check();
        assertAccessible("restore-options", NARROW);

        Request plan = page.waitForRequest(
                Pattern.compile(".*dry_run=true$"), () -> button("Plan again").click());

        assertThat(plan.postData())
                .contains("\"workspace\":\"copy\"", "\"replace\":true", "\"convert\":true", "\"backup_id\":\"mine\"");
        assertThat(page.locator("dialog .failure")).isVisible(); // nano-graphrag has no workspaces
        page.locator("dialog .other input[type=checkbox]").nth(1).uncheck();
        page.getByLabel("Workspace", new Page.GetByLabelOptions().setExact(true))
                .fill("");
        button("Plan again").click();
        Locator go = button("Replace the live data");
        page.locator("dialog").getByLabel("Type").fill("replace");
        assertThat(go).isDisabled();
        page.locator("dialog").getByLabel("Type").fill("staging");
        go.click();
        assertThat(page.locator(".steps [aria-current]")).containsText("Result");
        errors.removeIf(text -> text.contains("400") || text.contains("422"));
    }

    @Test
    void sessionEndsWithSignOutAndWhenItExpires() throws Exception {
        reopen("BACKUP_API_KEY", "open-sesame");
        Locator key = page.getByLabel("Key", new Page.GetByLabelOptions().setExact(true));
        key.fill("open-sesame");
        button("Sign in").click();
        assertThat(page.locator("#backups")).containsText("No backups yet");
        button("Sign out").click();
        assertThat(key).isVisible();
        key.fill("open-sesame");
        button("Sign in").click();
        assertThat(page.locator("dialog")).hasCount(0);

        context.clearCookies();

        assertThat(key).isVisible();
        assertThat(page.locator("#backups")).containsText("No backups yet");
        assertAccessible("expired", NARROW);
        errors.removeIf(text -> text.contains("401"));
    }

    @Test
    void failedJobSaysWhy() throws Exception {
        Files.writeString(client.workingDir().resolve("kv_store_full_docs.json"), "{broken");
        button("Create backup…").click();
        button("Create backup").click();
        assertThat(page.locator("dialog .failure, #jobs .failure, #toasts .bad").first())
                .containsText("kv_store_full_docs.json");
        page.keyboard().press("Escape");
        page.locator("#jobs summary").first().click();
        assertAccessible("failed", NARROW);
        errors.removeIf(text -> text.contains("422") || text.contains("500"));
    }
}
