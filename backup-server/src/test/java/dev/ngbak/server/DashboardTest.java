package dev.ngbak.server;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dashboard in a real browser, on a real server over real files. After each test: nothing was asked of another origin,
 * and the console held no error. With {@code -Dngbak.screenshots=FOLDER} the main states are kept as pictures.
 */
class DashboardTest {

    private static final List<Path> CHROMIUM =
            List.of(Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"));
    private static final double PATIENCE = 60_000;

    private static Playwright playwright;
    private static Browser browser;

    @TempDir
    Path temp;

    private final List<String> complaints = new ArrayList<>();
    private Client client;
    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void launch() {
        Path executable = CHROMIUM.stream().filter(Files::exists).findFirst().orElse(null);
        assumeTrue(
                executable != null || "true".equals(System.getenv("CI")),
                "There is no Chromium on this machine; install the package chromium");
        assertThat(executable).as("Chromium, which CI installs").isNotNull();
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new LaunchOptions().setExecutablePath(executable).setArgs(List.of("--no-sandbox")));
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE);
    }

    @AfterAll
    static void quit() {
        if (playwright != null) {
            playwright.close();
        }
    }

    @BeforeEach
    void open() throws IOException {
        client = new Client(temp);
        context = browser.newContext(new Browser.NewContextOptions()
                .setViewportSize(1280, 900)
                .setReducedMotion(com.microsoft.playwright.options.ReducedMotion.REDUCE));
        context.setDefaultTimeout(PATIENCE);
        page = watched(client.uri("/"));
    }

    private Page watched(URI address) {
        Page watched = context.newPage();
        watched.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                complaints.add(message.text());
            }
        });
        watched.onPageError(complaints::add);
        watched.onRequest(request -> {
            URI asked = URI.create(request.url());
            if (!asked.getScheme().equals("blob") && !asked.getAuthority().equals(address.getAuthority())) {
                complaints.add("asked elsewhere: " + asked);
            }
        });
        watched.navigate(address.toString());
        return watched;
    }

    @AfterEach
    void close() {
        if (context != null) {
            context.close();
        }
        if (client != null) {
            client.close();
        }
        assertThat(complaints).isEmpty();
    }

    private Locator button(String name) {
        return page.getByRole(
                AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }

    private void create(String id, String note) {
        button("Create backup…").click();
        page.getByLabel("Note").fill(note);
        page.getByLabel("Id, if not the default one").fill(id);
        button("Create backup").click();
        assertThat(page.locator("#backups tbody")).containsText(id);
    }

    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(client.workingDir())) {
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        return contents;
    }

    private void wipe() throws IOException {
        try (Stream<Path> files = Files.list(client.workingDir())) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private void keep(String name) {
        String folder = System.getProperty("ngbak.screenshots");
        if (folder != null) {
            page.screenshot(new Page.ScreenshotOptions().setPath(Path.of(folder, name + ".png")));
        }
    }

    @Test
    void createDownloadWipeUploadRestore() throws IOException {
        Map<String, String> before = contents();
        assertThat(page.locator("#last")).hasText("none yet");
        assertThat(page.locator("#stores")).containsText("reachable");
        keep("dashboard-empty");
        create("mine", "before re-index");
        assertThat(page.locator("#last")).hasText("just now");
        assertThat(page.locator("#jobs")).containsText("Backup mine");
        assertThat(page.locator("#backups tbody tr")).containsText(new String[] {"before re-index"});
        keep("dashboard");

        Download download =
                page.waitForDownload(() -> page.getByLabel("Download mine").click());
        assertThat(download.suggestedFilename()).isEqualTo("mine.ngbak");
        Path file = temp.resolve("downloaded.ngbak");
        download.saveAs(file);
        assertThat(file).hasSameBinaryContentAs(client.backups().resolve("mine.ngbak"));

        wipe();
        button("Restore from a file…").click();
        page.locator("#archive-file").setInputFiles(file);
        Locator plan = page.locator("table.plan");
        assertThat(plan).containsText("documents");
        assertThat(plan.locator("tr", new Locator.LocatorOptions().setHasText("documents"))
                        .first())
                .containsText("+20");
        Locator go = button("Replace what is live now");
        assertThat(go).isDisabled();
        keep("restore-plan");
        page.locator("dialog").getByLabel("Type").fill("replace");
        go.click();
        assertThat(page.locator("dialog")).containsText("The stores hold what the archive holds");
        keep("restore-done");
        assertThat(contents()).isEqualTo(before);
        page.locator("dialog")
                .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Close"))
                .first()
                .click();
        assertThat(page.locator("#stores .kv")).containsText("20");
        assertThat(page.locator("#jobs")).containsText("Restore");
    }

    @Test
    void aRestoreOverLiveDataKeepsTheWayBackAndLeadsToIt() throws IOException {
        create("old", "");
        Files.writeString(client.workingDir().resolve("kv_store_full_docs.json"), "{}");
        Map<String, String> changed = contents();

        page.getByLabel("Restore old").click();
        assertThat(page.locator("table.plan")).containsText("documents");
        page.locator("dialog").getByLabel("Type").fill("replace");
        button("Replace what is live now").click();
        assertThat(page.locator("dialog")).containsText("The way back");
        assertThat(contents()).isNotEqualTo(changed);

        button("Go back to it…").click();
        assertThat(page.locator("table.plan")).containsText("−20");
        page.locator("dialog").getByLabel("Type").fill("replace");
        button("Replace what is live now").click();
        assertThat(page.locator("dialog")).containsText("The stores hold what the archive holds");
        assertThat(contents()).isEqualTo(changed);
    }

    @Test
    void verifyAndDelete() {
        create("mine", "");
        page.getByLabel("Verify mine").click();
        assertThat(page.locator("#jobs")).containsText("Verification mine");

        page.getByLabel("Delete mine").click();
        assertThat(page.locator("dialog")).containsText("There is no way to get it back");
        button("Delete for good").click();
        assertThat(page.locator("#backups")).containsText("No backups yet");
        assertThat(client.backups().resolve("mine.ngbak")).doesNotExist();
    }

    @Test
    void aDamagedFileIsRefusedAndNothingIsChanged() throws IOException {
        Map<String, String> before = contents();
        create("mine", "");
        byte[] bytes = Files.readAllBytes(client.backups().resolve("mine.ngbak"));
        bytes[bytes.length / 2] ^= 1;
        button("Restore from a file…").click();
        page.locator("#archive-file")
                .setInputFiles(new FilePayload("damaged.ngbak", "application/octet-stream", bytes));
        assertThat(page.locator("dialog .failure")).isVisible();
        assertThat(page.locator("dialog .drop")).isVisible();
        keep("restore-refused");
        assertThat(contents()).isEqualTo(before);
        complaints.removeIf(text -> text.contains("422")); // the browser notes every answer that is not a 2xx
    }

    @Test
    void textOutOfAnArchiveIsShownAsText() {
        String script = "<img src=x onerror=alert(1)><script>alert(2)</script>";
        create("mine", script);
        assertThat(page.locator("#backups .note")).hasText(script);
        assertThat(page.locator("#backups img")).hasCount(0);
    }

    @Test
    void theServerGoesAndComesBackUnderThePage() throws IOException {
        create("mine", "");
        int port = client.uri("/").getPort();
        client.close();
        assertThat(page.locator("#banner")).containsText("No connection to the server");
        assertThat(page.locator("#backups tbody")).containsText("mine");
        keep("disconnected");
        client = new Client(temp, "PORT", Integer.toString(port));
        assertThat(page.locator("#banner")).isHidden();
        complaints.removeIf(text -> text.contains("ERR_CONNECTION")
                || text.contains("ERR_EMPTY_RESPONSE")
                || text.contains("ERR_INCOMPLETE_CHUNKED_ENCODING"));
    }

    @Test
    void anotherTabSeesWhatOneDoes() {
        Page other = watched(client.uri("/"));
        assertThat(other.locator("#backups")).containsText("No backups yet");
        create("mine", "");
        assertThat(other.locator("#backups tbody")).containsText("mine");
        assertThat(other.locator("#jobs")).containsText("Backup mine");
    }

    @Test
    void theKeyboardIsEnough() throws IOException {
        assertThat(page.locator("#backups")).containsText("No backups yet");
        page.keyboard().press("Tab");
        assertThat(page.locator(":focus")).hasText("Skip to the backups");
        button("Create backup…").focus();
        page.keyboard().press("Enter");
        assertThat(page.getByLabel("Note")).isFocused();
        page.keyboard().type("by keys");
        page.keyboard().press("Enter");
        assertThat(page.locator("#backups .note")).hasText("by keys");

        Locator restore = page.locator("[data-key^=restore]");
        restore.focus();
        page.keyboard().press("Enter");
        assertThat(page.locator("table.plan")).isVisible();
        page.keyboard().press("Escape");
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(restore).isFocused();
    }

    @Test
    void noBarrierInAnyStateOfEitherTheme() throws IOException {
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            String suffix = "-" + scheme.name().toLowerCase(java.util.Locale.ROOT);
            String id = "mine" + suffix;
            assertThat(page.locator("#stores")).containsText("reachable");
            noBarrier("the page" + suffix);
            create(id, "before re-index");
            page.locator("#jobs summary").first().click();
            noBarrier("with backups" + suffix);
            keep("dashboard" + suffix);
            button("Create backup…").click();
            noBarrier("create" + suffix);
            page.keyboard().press("Escape");
            page.getByLabel("Delete " + id).click();
            noBarrier("delete" + suffix);
            page.keyboard().press("Escape");
            page.getByLabel("Restore " + id).click();
            assertThat(page.locator("table.plan")).isVisible();
            noBarrier("plan" + suffix);
            page.keyboard().press("Escape");
            button("Restore from a file…").click();
            noBarrier("choose" + suffix);
            page.keyboard().press("Escape");
        }
    }

    private void noBarrier(String state) throws IOException {
        try (InputStream axe = DashboardTest.class.getResourceAsStream("/axe.min.js")) {
            page.evaluate(new String(axe.readAllBytes(), StandardCharsets.UTF_8) + "; 0");
        }
        Object found = page.evaluate("async () => (await axe.run(document)).violations"
                + ".map(violation => violation.id + ': ' + violation.nodes.map(node => node.html).join(' | '))");
        assertThat((List<?>) found).as("barriers in " + state).isEmpty();
    }

    @Test
    void fitsTheSmallestScreen() {
        create("snapshot_2026-11-20T02-00-00Z", "a note of some length, so that it must break somewhere");
        create("x".repeat(128), "");
        page.setViewportSize(320, 800);
        assertThat((Integer) page.evaluate("document.documentElement.scrollWidth"))
                .isLessThanOrEqualTo(320);
        // What is cut off does not make the page wider.
        Object cutOff = page.evaluate("() => [...document.querySelectorAll('main *, .top *')].filter(element => "
                + "element.getClientRects().length && !element.closest('.hidden, .skip, thead, .muted')"
                + " && element.getBoundingClientRect().right > 320).map(element => element.outerHTML)");
        assertThat((List<?>) cutOff).isEmpty();
        assertThat(((Number) page.evaluate("document.querySelector('.top').clientHeight")).intValue())
                .isLessThan(80);
        keep("narrow");
    }

    @Test
    void asksForTheKeyAndOnlyOnce() throws IOException {
        client.close();
        client = new Client(temp.resolve("locked"), "BACKUP_API_KEY", "open-sesame");
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
        complaints.removeIf(text -> text.contains("401") || text.contains("ERR_CONNECTION"));
    }

    @Test
    void allOfItIsSmall() throws IOException {
        long size = 0;
        Path folder = Path.of("../dashboard-static/src/main/resources/dashboard");
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                size += Files.size(file);
                if (!Pattern.matches(".*\\.(svg)", file.toString())) {
                    assertThat(Files.readString(file)).as(file.toString()).doesNotContain("://");
                }
            }
        }
        assertThat(size).isLessThanOrEqualTo(60_000);
    }
}
