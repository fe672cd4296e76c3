package dev.ngbak.server;

import dev.ngbak.engine.SampleQuery;
import dev.ngbak.layout.GraphLayout;
import dev.ngbak.repository.RepositoryProvider;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StorageExporter;
import dev.ngbak.spi.StorageRestorer;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/** Third-party plugins: the jars directly inside the folder {@code NGBAK_PLUGINS}. */
public final class PluginFolder {

    static final SettingSpec SETTING = SettingSpec.path(
            "NGBAK_PLUGINS",
            null,
            "A folder with the jars of third-party plugins and of the libraries that they need"
                    + " ([INSTALL.md](INSTALL.md#plugins)). Their code runs with all rights of ngbak.");

    private static final List<Class<?>> SERVICES = List.of(
            StorageExporter.class,
            StorageRestorer.class,
            RepositoryProvider.class,
            GraphLayout.class,
            SampleQuery.class);

    private PluginFolder() {}

    /**
     * Makes the plugins available to every {@link ServiceLoader} of this thread and of the threads that it starts. Does nothing
     * if the setting is absent.
     *
     * @throws BackupException {@code INVALID} if the folder, a jar in it or a plugin cannot be loaded
     */
    public static void load(Settings settings) {
        if (SETTING.text(settings).isEmpty()) {
            return;
        }
        Path folder = settings.path(SETTING.name(), null).toAbsolutePath().normalize();
        // Stays open: classes of a plugin are loaded until the process ends.
        ClassLoader loader = new URLClassLoader("plugins", urls(folder), PluginFolder.class.getClassLoader());
        SERVICES.forEach(service -> instantiate(service, loader, folder));
        Thread.currentThread().setContextClassLoader(loader);
    }

    private static URL[] urls(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().endsWith(".jar"))
                    .sorted()
                    .map(PluginFolder::url)
                    .toArray(URL[]::new);
        } catch (IOException e) {
            throw new BackupException(
                    Kind.INVALID,
                    SETTING.name() + " is \"" + folder + "\", which is not a folder that this user can read",
                    "Set " + SETTING.name() + " to the folder with the jars of the plugins, or unset it",
                    e);
        }
    }

    private static URL url(Path jar) {
        // A class loader ignores a damaged jar without a word.
        try (ZipFile opened = new ZipFile(jar.toFile())) {
            return jar.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new BackupException(
                    Kind.INVALID,
                    SETTING.name() + " contains " + jar.getFileName() + ", which cannot be read as a jar",
                    "Replace or delete " + jar + ", and make sure that this user can read it",
                    e);
        }
    }

    /** Finds out at the start, not in the middle of a job, whether each plugin fits this version of ngbak. */
    private static void instantiate(Class<?> service, ClassLoader loader, Path folder) {
        try {
            ServiceLoader.load(service, loader).iterator().forEachRemaining(plugin -> {});
        } catch (ServiceConfigurationError | LinkageError e) {
            throw new BackupException(
                    Kind.INVALID,
                    "A plugin in " + SETTING.name() + " cannot be loaded: " + e.getMessage(),
                    "Put the plugin for this version of ngbak and the libraries that it needs into " + folder
                            + ", or unset " + SETTING.name(),
                    e);
        }
    }
}
