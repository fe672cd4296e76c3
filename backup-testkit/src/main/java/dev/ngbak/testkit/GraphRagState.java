package dev.ngbak.testkit;

import dev.ngbak.spi.Settings;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Restores an archive before a JUnit test: before the method with this annotation, or once before the class with it. A test
 * takes a {@link RestoredState} as a parameter.
 *
 * <pre>{@code
 * @Test
 * @GraphRagState("before.ngbak")
 * void newDocumentIsIndexed(RestoredState state) {
 *     index(state.workingDir(), "a new text");
 * }
 * }</pre>
 *
 * <p>By default the stores are files in a temporary working directory, which needs {@code dev.ngbak:backup-files} on the class
 * path. It is deleted after the test. The settings of the process are not used, so a test never touches other stores than
 * those of {@link #settings()}.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@ExtendWith(GraphRagStateExtension.class)
public @interface GraphRagState {

    /**
     * The archive: a class-path resource, named relative to the test class or to the root of the class path, or else the path
     * of a file.
     */
    String value();

    /**
     * Supplies the settings of the stores to restore into, all of whose data in scope is replaced. The class has a
     * constructor without parameters. {@code WORKING_DIR} and {@code BACKUP_DIR} are temporary directories, unless they are
     * set.
     */
    Class<? extends Supplier<Settings>> settings() default TemporaryFiles.class;

    /** Settings without a store: all stores are files in a temporary working directory. */
    final class TemporaryFiles implements Supplier<Settings> {

        @Override
        public Settings get() {
            return Settings.of(Map.of());
        }
    }
}
