package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ngbak.cli.Ngbak.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that becomes full while an archive is written. */
class NoSpaceTest {

    @TempDir
    Path temp;

    private Ngbak ngbak;

    @BeforeEach
    void fillTheWorkingFolder() throws IOException {
        ngbak = new Ngbak(temp);
        WorkingFolders.make(ngbak.workingDir(), 6_000, 1);
    }

    /** Runs the backup under a shell script that gets the command as its arguments. */
    private Ended under(String script) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        command.addAll(Ngbak.java(Main.class.getName(), "backup", "--id", "mine"));
        return ngbak.run(command);
    }

    @Test
    void aFullDiskIsExitElevenAndTheFolderIsAsBefore() throws Exception {
        Files.createDirectory(ngbak.backups());
        String inside = "mount -t tmpfs -o size=1m tmpfs backups && echo kept > backups/other || exit 99;"
                + " \"$@\"; code=$?; find backups -type f | grep -v /jobs/ | sort; exit $code";
        Ended ended = under("exec unshare -m sh -c '" + inside + "' sh \"$@\"");
        if (!isMounted(ended)) {
            ended = under("exec unshare -r -m sh -c '" + inside + "' sh \"$@\"");
        }
        boolean mounted = isMounted(ended);
        if (!mounted && System.getenv("CI") == null) {
            System.out.println(
                    "NoSpaceTest: this machine lets nobody mount a tmpfs; only the file size limit was tried");
            return;
        }

        assertThat(ended.code()).as(ended.err()).isEqualTo(11);
        assertThat(ended.err()).contains("The disk became full", "No archive was made", "BACKUP_DIR");
        assertThat(ended.out()).isEqualTo("backups/.ngbak/lock\nbackups/other\n");
    }

    private static boolean isMounted(Ended ended) {
        return ended.code() != 99 && !ended.err().contains("unshare");
    }

    @Test
    void aLimitOnFileSizesIsTheSame() throws Exception {
        Ended ended =
                under("ulimit -f 1000; \"$@\"; code=$?; find backups -type f | grep -v /jobs/ | sort; exit $code");

        assertThat(ended.code()).as(ended.err()).isEqualTo(11);
        assertThat(ended.err()).contains("No archive was made");
        assertThat(ended.out()).isEqualTo("backups/.ngbak/lock\n");
    }
}
