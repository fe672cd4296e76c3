package dev.ngbak.testkit;

import dev.ngbak.archive.ArchiveFile;
import dev.ngbak.engine.BackupManager;
import dev.ngbak.engine.RestoreRequest;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.AnnotatedElement;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/** Restores the archive of a {@link GraphRagState}, and deletes the temporary files after the test. */
final class GraphRagStateExtension implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {

    private static final Namespace NAMESPACE = Namespace.create(GraphRagState.class);

    /** JUnit closes it at the end of the method or the class, also if the restore failed. */
    private record TemporaryFolder(Path path) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try (Stream<Path> tree = Files.walk(path)) {
                for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        restore(context, context.getTestClass());
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        restore(context, context.getTestMethod());
    }

    private static void restore(ExtensionContext context, Optional<? extends AnnotatedElement> element)
            throws IOException {
        Optional<GraphRagState> annotation = AnnotationSupport.findAnnotation(element, GraphRagState.class);
        if (annotation.isEmpty()) {
            return;
        }
        TemporaryFolder folder = new TemporaryFolder(Files.createTempDirectory("ngbak-test-"));
        ExtensionContext.Store store = context.getStore(NAMESPACE);
        store.put(TemporaryFolder.class, folder);
        Path archive = archive(annotation.get(), context.getRequiredTestClass(), folder.path());
        Settings settings = settings(annotation.get(), folder.path());
        Path workingDir = Files.createDirectories(settings.path("WORKING_DIR", ""));
        try {
            BackupManager backups = new BackupManager(settings);
            // Whatever is in the stores of a test is of no value.
            backups.restore(RestoreRequest.builder(new ArchiveFile(archive))
                    .withoutSafetyArchive()
                    .build());
            store.put(RestoredState.class, new RestoredState(settings, backups, workingDir));
        } catch (BackupException e) {
            throw new ExtensionConfigurationException(
                    described(annotation.get(), context.getRequiredTestClass()) + " could not be restored. "
                            + e.getMessage() + ".",
                    e);
        }
    }

    private static Settings settings(GraphRagState annotation, Path temporary) {
        Supplier<Settings> supplier = ReflectionSupport.newInstance(annotation.settings());
        Settings settings = supplier.get();
        for (String directory : new String[] {"WORKING_DIR", "BACKUP_DIR"}) {
            if (settings.text(directory, "").isEmpty()) {
                settings = settings.with(
                        directory,
                        temporary.resolve(directory.toLowerCase(Locale.ROOT)).toString());
            }
        }
        return settings;
    }

    private static Path archive(GraphRagState annotation, Class<?> test, Path temporary) throws IOException {
        String name = annotation.value();
        URL resource = test.getResource(name);
        if (resource == null) {
            resource = test.getResource("/" + name);
        }
        if (resource != null) {
            Path copy = temporary.resolve("state.ngbak");
            try (InputStream in = resource.openStream()) {
                Files.copy(in, copy);
            }
            return copy;
        }
        Path file = Path.of(name);
        if (!Files.isRegularFile(file)) {
            throw new ExtensionConfigurationException(described(annotation, test)
                    + " was not found: there is no such class-path resource, and no file " + file.toAbsolutePath()
                    + ". Put the archive into src/test/resources, or correct its name.");
        }
        return file;
    }

    private static String described(GraphRagState annotation, Class<?> test) {
        return "The archive of @GraphRagState(\"" + annotation.value() + "\") in " + test.getName();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == RestoredState.class;
    }

    @Override
    public RestoredState resolveParameter(ParameterContext parameter, ExtensionContext context) {
        RestoredState state = context.getStore(NAMESPACE).get(RestoredState.class, RestoredState.class);
        if (state == null) {
            throw new ParameterResolutionException("Nothing is restored yet: @GraphRagState on a method restores before"
                    + " that method and its @BeforeEach methods. Put it on the class to restore earlier.");
        }
        return state;
    }
}
