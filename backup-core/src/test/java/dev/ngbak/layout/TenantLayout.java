package dev.ngbak.layout;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.Role;
import dev.ngbak.spi.SettingSpec;
import dev.ngbak.spi.Settings;
import dev.ngbak.spi.StoreCounts;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A system with workspaces, for tests of the engine: nano-graphrag with the setting {@code TENANT}. */
public final class TenantLayout implements GraphLayout {

    public static final String NAME = "tenants";
    public static final String TENANT = "TENANT";
    /** If set, no workspace can be selected. */
    public static final String FIXED = "TENANT_FIXED";

    private final GraphLayout other = new NanoGraphRagLayout();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Optional<String> workspace(Settings settings) {
        return Optional.ofNullable(settings.text(TENANT));
    }

    @Override
    public Settings withWorkspace(Settings settings, String workspace) {
        if (settings.text(FIXED) != null) {
            throw new BackupException(Kind.INVALID, FIXED + " is set", "Unset it");
        }
        return settings.with(TENANT, workspace);
    }

    @Override
    public String defaultBackend(Role role) {
        return other.defaultBackend(role);
    }

    @Override
    public StoreScope scope(Role role, Settings settings) {
        return other.scope(role, settings);
    }

    @Override
    public RecordNames names() {
        return other.names();
    }

    @Override
    public RecordInterpreter records() {
        return other.records();
    }

    @Override
    public List<CheckRule> rules() {
        return other.rules();
    }

    @Override
    public Optional<SettingSpec> embeddingDimension() {
        return other.embeddingDimension();
    }

    @Override
    public List<String> warnings(Map<Role, StoreCounts> counts) {
        return other.warnings(counts);
    }
}
