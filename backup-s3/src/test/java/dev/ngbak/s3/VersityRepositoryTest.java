package dev.ngbak.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the contract against versitygw, if {@code VERSITYGW_BIN} names it. */
class VersityRepositoryTest extends S3RepositoryTest {

    @TempDir
    static Path objects;

    @BeforeAll
    static void start() throws Exception {
        service = S3Service.versitygw(objects);
    }

    @Test
    void wrongRegionIsNamed() throws IOException {
        assertThat(refusal(service.root(), "BACKUP_S3_REGION", "eu-north-1")).hasMessageContaining("BACKUP_S3_REGION");
    }
}
