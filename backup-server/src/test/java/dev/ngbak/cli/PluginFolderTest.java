package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the program with the plugin of samples/plugin, which is not on its class path. */
class PluginFolderTest extends ServerProcess {

    private static final Path SAMPLE = Path.of("../samples/plugin/src/main");

    @TempDir
    private static Path plugins;

    private Path document;

    /** Builds the plugin as its own build does, which would take ten times as long. */
    @BeforeAll
    static void buildPlugin(@TempDir Path classes) throws IOException {
        List<String> arguments = new ArrayList<>(
                List.of("-proc:none", "-d", classes.toString(), "-cp", System.getProperty("java.class.path")));
        files(SAMPLE.resolve("java")).forEach(source -> arguments.add(source.toString()));
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)))
                .isZero();
        try (OutputStream file = Files.newOutputStream(plugins.resolve("ngbak-docs-1.jar"));
                JarOutputStream jar = new JarOutputStream(file)) {
            for (Path root : List.of(classes, SAMPLE.resolve("resources"))) {
                for (Path content : files(root)) {
                    jar.putNextEntry(new JarEntry(root.relativize(content).toString()));
                    Files.copy(content, jar);
                    jar.closeEntry();
                }
            }
        }
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            return tree.filter(Files::isRegularFile).toList();
        }
    }

    @BeforeEach
    void createDocument() throws IOException {
        document = Files.createDirectories(temp.resolve("documents/full_docs")).resolve("one.json");
        Files.writeString(document, "{\"content\":\"text\"}");
        ngbak.settings.put("KV_BACKEND", "docs");
        ngbak.settings.put("DOCS_DIR", "documents");
        ngbak.settings.put("NGBAK_PLUGINS", plugins.toString());
    }

    @Test
    void pluginFromTheFolderBacksUpAndRestores() throws Exception {
        CommandResult backup = ngbak.run("backup", "--id", "mine", "--json");
        assertThat(backup.code()).as(backup.err()).isZero();
        assertThat(backup.result().path("storage_backends").path("kv").asText()).isEqualTo("docs");
        Files.writeString(document, "{}");

        CommandResult restore = ngbak.run("restore", "mine", "--yes");

        assertThat(restore.code()).as(restore.err()).isZero();
        assertThat(document).hasContent("{\"content\":\"text\"}");
    }

    @Test
    void jobsOfTheServerUseThePlugin() throws Exception {
        serve();

        assertThat(ended(startJob("backup", "{\"backup_id\":\"mine\"}"))
                        .path("status")
                        .asText())
                .isEqualTo("completed");

        assertThat(get("api/v1/stack").path("kv").path("product").asText()).isEqualTo("Folder of documents");
        assertThat(ended(startJob("restore", "{\"backup_id\":\"mine\"}"))
                        .path("status")
                        .asText())
                .isEqualTo("completed");
    }

    @Test
    void settingsOfThePluginAreKnown() throws Exception {
        ngbak.settings.put("DOCS_TOKEN", "MARKER");
        assertThat(ngbak.run("doctor").out()).contains("DOCS_DIR").doesNotContain("MARKER");
    }

    @Test
    void missingFolderIsRefusedByName() throws Exception {
        ngbak.settings.put("NGBAK_PLUGINS", "absent");

        CommandResult list = ngbak.run("list", "--json");

        assertThat(list.code()).isEqualTo(2);
        assertThat(list.err()).contains("NGBAK_PLUGINS is \"" + temp.resolve("absent") + "\", which is not a folder");
        assertThat(list.result().path("exit_code").asInt()).isEqualTo(2);
        assertThat(ngbak.run("--help").code()).as("help needs no plugin").isZero();
    }

    @Test
    void damagedJarIsRefusedByName() throws Exception {
        Path folder = Files.createDirectory(temp.resolve("plugins"));
        Files.writeString(folder.resolve("half.jar"), "PK");
        ngbak.settings.put("NGBAK_PLUGINS", "plugins");

        CommandResult list = ngbak.run("list");

        assertThat(list.code()).isEqualTo(2);
        assertThat(list.err()).contains("NGBAK_PLUGINS contains half.jar, which cannot be read as a jar");
    }

    @Test
    void pluginThatCannotBeLoadedIsReportedAtTheStart() throws Exception {
        Path folder = Files.createDirectory(temp.resolve("plugins"));
        try (OutputStream file = Files.newOutputStream(folder.resolve("old.jar"));
                JarOutputStream jar = new JarOutputStream(file)) {
            jar.putNextEntry(new JarEntry("META-INF/services/dev.ngbak.spi.StorageExporter"));
            jar.write("com.example.Gone".getBytes(StandardCharsets.UTF_8));
            jar.closeEntry();
        }
        ngbak.settings.put("NGBAK_PLUGINS", "plugins");

        CommandResult list = ngbak.run("list");

        assertThat(list.code()).isEqualTo(2);
        assertThat(list.err())
                .contains("A plugin in NGBAK_PLUGINS cannot be loaded")
                .contains("com.example.Gone");
    }
}
