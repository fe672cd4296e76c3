package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.cli.NgbakProcess.CommandResult;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests {@code --config}. */
class ConfigFileTest {

    @TempDir
    Path temp;

    private Path write(String text) throws Exception {
        return Files.writeString(temp.resolve("ngbak.env"), text);
    }

    @Test
    void formsOfLinesAreRead() throws Exception {
        Path file = write("\uFEFF# a comment\n\n"
                + "PLAIN=two words # a comment\n"
                + "  SPACES =  x  \r\n"
                + "export EXPORTED=yes\n"
                + "HASH=a#b\n"
                + "EMPTY=\n"
                + "ONLY_COMMENT= # nothing\n"
                + "SINGLE='a \"b\" \\n $c # d' # comment\n"
                + "DOUBLE=\"a 'b' \\\"c\\\" \\\\ \\$d # e\\n\"\n"
                + "URL=redis://u:p@h/0?a=b\n"
                + "TWICE=1\n"
                + "TWICE=2");

        assertThat(ConfigFile.read(file, "--config").values())
                .containsOnly(
                        Map.entry("PLAIN", "two words"),
                        Map.entry("SPACES", "x"),
                        Map.entry("EXPORTED", "yes"),
                        Map.entry("HASH", "a#b"),
                        Map.entry("EMPTY", ""),
                        Map.entry("ONLY_COMMENT", ""),
                        Map.entry("SINGLE", "a \"b\" \\n $c # d"),
                        Map.entry("DOUBLE", "a 'b' \"c\" \\ $d # e\n"),
                        Map.entry("URL", "redis://u:p@h/0?a=b"),
                        Map.entry("TWICE", "2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "MARKER",
                "=MARKER",
                "1A=MARKER",
                "A B=MARKER",
                "A='MARKER",
                "A=\"MARKER",
                "A='MARKER' more",
                "A=\"MARKER\\x\"",
                "A=\"MARKER\\"
            })
    void malformedLineIsNamedWithoutItsContent(String line) throws Exception {
        Path file = write("OK=1\n" + line + "\n");

        CommandResult list = CommandRun.run(Map.of(), "list", "--config", file.toString());

        assertThat(list.code()).isEqualTo(2);
        assertThat(list.err()).contains(file + ", line 2").doesNotContain("MARKER");
    }

    @Test
    void fileThatCannotBeReadIsNamed() throws Exception {
        byte[] latin1 = "A=ä".getBytes(StandardCharsets.ISO_8859_1);
        Path file = Files.write(temp.resolve("latin1"), latin1);

        for (String bad : new String[] {temp.resolve("none").toString(), temp.toString(), file.toString()}) {
            CommandResult list = CommandRun.run(Map.of(), "--config", bad, "list");
            assertThat(list.code()).isEqualTo(2);
            assertThat(list.err()).contains(bad).contains("--config");
        }
        Path large = Files.write(temp.resolve("large"), new byte[(1 << 20) + 1]);
        assertThat(catchThrowableOfType(BackupException.class, () -> ConfigFile.read(large, "--config")))
                .hasMessageContaining("larger than 1 MiB");
    }

    @Test
    void environmentWinsOverTheFile() throws Exception {
        ConfigFile file = ConfigFile.read(write("A=file\nB=file\nC=file\n"), "--config");

        Configuration configuration = Configuration.of(Settings.of(Map.of("A", "process", "B", "")), file);

        assertThat(configuration.settings().text("A", null)).isEqualTo("process");
        assertThat(configuration.settings().text("B", null))
                .as("an empty variable counts as not set")
                .isEqualTo("file");
        assertThat(configuration.source(java.util.List.of("A"))).isEqualTo("environment");
        assertThat(configuration.source(java.util.List.of("D", "C"))).isEqualTo("file " + file.path());
        assertThat(configuration.source(java.util.List.of("D"))).isEqualTo("default");
    }

    @Test
    void optionMayBeBeforeOrAfterTheCommand() throws Exception {
        Path file = write("BACKUP_DIR=" + temp.resolve("elsewhere") + "\n");

        CommandResult before = CommandRun.run(Map.of(), "--config", file.toString(), "list");
        CommandResult after = CommandRun.run(Map.of(), "list", "--config", file.toString());

        assertThat(before.out()).contains("No backups yet in " + temp.resolve("elsewhere"));
        assertThat(after.out()).isEqualTo(before.out());
    }

    @Test
    void noFileIsReadByItself() throws Exception {
        NgbakProcess ngbak = new NgbakProcess(temp);
        for (String name : new String[] {".env", "ngbak.env", "config"}) {
            Files.writeString(temp.resolve(name), "BACKUP_DIR=/nowhere\n");
        }

        assertThat(ngbak.run("list").out())
                .contains("No backups yet in " + ngbak.backups().getParent().toRealPath());
    }
}
