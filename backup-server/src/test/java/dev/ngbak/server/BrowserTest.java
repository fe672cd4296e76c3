package dev.ngbak.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Opens the dashboard in a real browser, on a real server with real files. After each test, no request went to another origin
 * and the console has no error. With {@code -Dngbak.screenshots=FOLDER}, screenshots of the main states are saved.
 */
abstract class BrowserTest {

    /** The rows of archives, without headings. */
    static final String ROWS = "#backups tbody tr:not(.group)";

    private static final List<Path> CHROMIUM =
            List.of(Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"));
    static final double TIMEOUT = 60_000;

    static Playwright playwright;
    static Browser browser;

    @TempDir
    Path temp;

    final List<String> errors = new ArrayList<>();
    final List<Response> defects = new ArrayList<>();
    ApiClient client;
    BrowserContext context;
    Page page;

    @BeforeAll
    static void launch() {
        Path executable = CHROMIUM.stream().filter(Files::exists).findFirst().orElse(null);
        assumeTrue(executable != null || "true".equals(System.getenv("CI")), "Chromium is not installed");
        assertThat(executable).as("Chromium, which CI installs").isNotNull();
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new LaunchOptions().setExecutablePath(executable).setArgs(List.of("--no-sandbox")));
        PlaywrightAssertions.setDefaultAssertionTimeout(TIMEOUT);
    }

    @AfterAll
    static void quit() {
        if (playwright != null) {
            playwright.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        client = new ApiClient(temp);
        openContext();
        page = watched(client.uri("/"));
    }

    /** Opens a window with an empty cache. */
    void openContext() {
        context = browser.newContext(new Browser.NewContextOptions()
                .setViewportSize(1280, 900)
                .setReducedMotion(com.microsoft.playwright.options.ReducedMotion.REDUCE));
        context.setDefaultTimeout(TIMEOUT);
    }

    /** Opens the page of a server with these settings, in the same folder. */
    void reopen(String... settings) throws IOException {
        page.close(); // it would continue to poll
        client.close();
        client = new ApiClient(temp, settings);
        page = watched(client.uri("/"));
    }

    Page watched(URI address) {
        Page watched = context.newPage();
        watched.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                errors.add(message.text());
            }
        });
        watched.onPageError(errors::add);
        watched.onResponse(response -> {
            if (response.status() == 500) {
                defects.add(response);
            }
        });
        watched.onRequest(request -> {
            URI asked = URI.create(request.url());
            if (!asked.getScheme().equals("blob") && !asked.getAuthority().equals(address.getAuthority())) {
                errors.add("request to another origin: " + asked);
            }
        });
        watched.navigate(address.toString());
        return watched;
    }

    @AfterEach
    void close() {
        for (Response defect : defects) { // the browser's message names neither the address nor the cause
            errors.add(defect.request().method() + " " + defect.url() + ": " + defect.text());
        }
        if (context != null) {
            context.close();
        }
        if (client != null) {
            client.close();
        }
        assertThat(errors).isEmpty();
    }

    /** Chooses an action of an archive from its menu. */
    void more(String id, String action) {
        page.getByLabel("More for " + id, new Page.GetByLabelOptions().setExact(true))
                .first()
                .click();
        page.getByRole(AriaRole.MENUITEM, new GetByRoleOptions().setName(action).setExact(true))
                .click();
    }

    Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }

    void create(String id, String note) {
        button("Create backup…").click();
        page.getByLabel("Note (optional)").fill(note);
        page.getByLabel("Id (optional)").fill(id);
        button("Create backup").click();
        assertThat(page.locator("#backups tbody")).containsText(id);
    }

    void screenshot(String name) {
        String folder = System.getProperty("ngbak.screenshots");
        if (folder != null) {
            page.screenshot(new Page.ScreenshotOptions().setPath(Path.of(folder, name + ".png")));
        }
    }

    /** Replaces an answer of the server. */
    void answer(String path, String json) {
        page.route(
                Pattern.compile(".*" + ApiClient.PREFIX + "/" + path + "(\\?.*)?$"),
                route -> route.fulfill(new Route.FulfillOptions()
                        .setContentType("application/json")
                        .setBody(json)));
        page.reload();
    }

    void assertAccessible(String state) throws IOException {
        assertAccessible(state, 320, 768, 1280);
    }

    void assertAccessible(String state, int... widths) throws IOException {
        try (InputStream axe = BrowserTest.class.getResourceAsStream("/axe.min.js")) {
            page.evaluate(new String(axe.readAllBytes(), StandardCharsets.UTF_8) + "; 0");
        }
        for (int width : widths) {
            page.setViewportSize(width, 900);
            for (ColorScheme scheme : List.of(ColorScheme.DARK, ColorScheme.LIGHT)) {
                page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
                String name = state + "-" + width + "-" + scheme.name().toLowerCase(java.util.Locale.ROOT);
                Object found = page.evaluate(
                        "async () => (await axe.run(document)).violations"
                                + ".map(violation => violation.id + ': ' + violation.nodes.map(node => node.html).join(' | '))");
                assertThat((List<?>) found)
                        .as("accessibility violations in " + name)
                        .isEmpty();
                screenshot(name);
            }
        }
    }

    static boolean isLostConnection(String error) {
        return error.contains("ERR_CONNECTION")
                || error.contains("status of 503")
                || error.contains("ERR_EMPTY_RESPONSE")
                || error.contains("ERR_INCOMPLETE_CHUNKED_ENCODING");
    }
}
