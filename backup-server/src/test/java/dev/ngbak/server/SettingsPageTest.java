package dev.ngbak.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.engine.SettingCatalog;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.StorageExporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Generates the table in docs/SETTINGS.md from the declared settings. */
class SettingsPageTest {

    private static final Path PAGE = Path.of("../docs/SETTINGS.md");
    private static final String BEGIN = "<!-- settings: generated from the code -->\n";
    private static final String END = "<!-- end of settings -->\n";

    /** The system property that makes this test write the page. */
    private static final String UPDATE = "docs.update";

    @Test
    void pageListsTheDeclaredSettings() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        assertThat(end).as("the markers of the table in " + PAGE).isGreaterThan(begin);
        if (Boolean.getBoolean(UPDATE)) {
            Files.writeString(PAGE, page.substring(0, begin) + table() + page.substring(end));
        } else {
            assertThat(page.substring(begin, end))
                    .as("docs/SETTINGS.md is stale. Run: mvn -pl backup-server -am test -Dtest=SettingsPageTest"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -D" + UPDATE + "=true")
                    .isEqualTo(table());
        }
    }

    @Test
    void everySettingHasADescription() {
        assertThat(AllSettings.load())
                .isNotEmpty()
                .allSatisfy(setting ->
                        assertThat(setting.description()).matches("[A-Z`].*\\.").doesNotContain("\n", "|"));
    }

    /** The table without the backends of the testkit. */
    private static String table() {
        List<StorageExporter> plugins = ServiceLoader.load(StorageExporter.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(plugin -> !plugin.backend().equals("memory"))
                .toList();
        return AllSettings.with(SettingCatalog.of(plugins)).stream()
                .map(SettingsPageTest::row)
                .collect(Collectors.joining("", "| Variable | Default | Meaning |\n|---|---|---|\n", ""));
    }

    private static String row(SettingSpec setting) {
        String defaultValue = setting.defaultValue() == null ? "–" : "`" + setting.defaultValue() + "`";
        String file = setting.kind() == SettingSpec.Kind.SECRET
                ? " `" + setting.name() + SettingSpec.FILE_SUFFIX + "` names a file that contains it."
                : "";
        return "| `" + setting.name() + "` | " + defaultValue + " | " + setting.description() + file + " |\n";
    }
}
