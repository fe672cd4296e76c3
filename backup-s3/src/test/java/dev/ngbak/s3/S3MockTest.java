package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ngbak.repository.StateDirectory;
import dev.ngbak.s3.ServiceProbe.Function;
import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * S3Mock answers some requests in a way that would endanger archives: it deletes an object when an upload to it is aborted.
 * {@link ServiceProbeTest} has doubles of that answer and of others.
 */
class S3MockTest {

    @TempDir
    private Path directory;

    @Test
    @Tag("full")
    void serviceThatDeletesAnObjectWithAnAbortedUploadIsNotWrittenTo() throws Exception {
        StateDirectory state = new StateDirectory(directory.resolve(".ngbak"));
        try (S3Service s3mock = S3Service.s3mock(directory.resolve("objects"))) {
            s3mock.useNewBucket();

            assertThat(new ServiceProbe(s3mock.connection(), s3mock.root(), state).probe())
                    .isEqualTo(EnumSet.complementOf(EnumSet.of(Function.ABORT)));

            BackupException e = catchThrowableOfType(
                    BackupException.class, () -> s3mock.repository(state).lock("a job"));
            assertThat(e.kind()).isEqualTo(Kind.INCOMPATIBLE);
            assertThat(e).hasMessageContaining("aborted").hasMessageContaining("ngbak doctor");
            assertThat(s3mock.keys()).isEmpty();
            assertThat(s3mock.openUploads()).isEmpty();
        }
    }
}
