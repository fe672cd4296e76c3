package dev.ngbak.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tests how much the dashboard sends, and that it stays usable with thousands of archives. */
class DashboardWeightTest extends BrowserTest {

    private static final Path FILES = Path.of("../dashboard-static/src/main/resources/dashboard");

    @Test
    void pageIsSmallAndSelfContained() throws IOException {
        assertThat(page.locator("#backups")).containsText("No backups yet");
        int size = (Integer) page.evaluate("""
                () => performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
                  .filter(entry => !/api|health/.test(new URL(entry.name).pathname))
                  .reduce((sum, entry) => sum + entry.decodedBodySize, 0)
                """);
        assertThat(size).as("bytes of the page, its styles and its scripts").isBetween(50_000, 90_000);
        try (Stream<Path> files = Files.walk(FILES)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.toString().endsWith(".svg")) {
                    assertThat(Files.readString(file).replace("http://www.w3.org/2000/svg", ""))
                            .as(file.toString())
                            .doesNotContain("://");
                }
            }
        }
    }

    /** Prints how long it takes until the table can be used, and how much was transferred. */
    @Test
    void thousandsOfArchivesAreUsable() throws Exception {
        new MadeArchives(client.backups()).makeMany(2_000, Duration.ofHours(6));
        client.get("/backup"); // the server reads each manifest once
        context.close();
        openContext();
        context.addInitScript(
                "new MutationObserver(() => document.querySelector('#backups tbody tr') && (window.usable ??= performance.now()))"
                        + ".observe(document, {childList: true, subtree: true})");
        page = watched(client.uri("/"));
        assertThat(page.locator("#status")).isVisible();
        assertThat(page.locator(ROWS)).hasCount(50);
        Map<?, ?> cost = cost(page);
        System.out.println(
                "2,000 archives: usable after " + cost.get("ms") + " ms, " + cost.get("bytes") + " bytes transferred");
        assertThat(((Number) cost.get("bytes")).intValue()).isLessThan(200_000);
        assertAccessible("many", 320);

        assertThat(page.locator("#pager")).containsText("1 to 50 of 800");
        button("Next ›").click();
        assertThat(page.locator("#pager")).containsText("51 to 100");
        button("Load all").click();
        assertThat(page.locator("#pager")).containsText("of 2,000");
        Locator search = page.getByLabel("Search backups");
        search.fill("no such backup");
        assertThat(page.locator("#backups")).containsText("No backup matches");
        search.fill("");
        button("Entities").click();
        assertThat(page.locator("th[aria-sort=descending]")).containsText("Entities");
        assertThat(page.locator(ROWS)).hasCount(50);
        Response again = page.waitForResponse(response -> response.url().endsWith("/backup"), () -> {});
        assertThat(again.status()).isEqualTo(304);
    }

    private static Map<?, ?> cost(Page page) {
        return (Map<?, ?>) page.evaluate("""
                () => ({
                  ms: Math.round(window.usable),
                  bytes: performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
                    .reduce((sum, entry) => sum + entry.transferSize, 0)
                })
                """);
    }
}
