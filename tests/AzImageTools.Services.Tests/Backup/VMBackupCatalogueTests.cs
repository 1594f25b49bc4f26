using AzImageTools.Services.Backup;

namespace AzImageTools.Services.Tests.Backup;

public sealed class VMBackupCatalogueTests
{
    private const string Machine = "win-vm";

    [Theory]
    [InlineData(VMBackupKind.Snapshot)]
    [InlineData(VMBackupKind.RestorePoint)]
    public async Task A_backup_is_listed_as_it_was_told_when_it_was_made(VMBackupKind kind)
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        VMBackup made = await cloud.BackUpAsync(Machine, kind);

        VMBackup listed = Assert.Single(await cloud.ListAsync());

        Assert.Equal(
            (made.Id.ToUpperInvariant(), made.Name, made.ResourceGroupName.ToUpperInvariant(), made.Location, made.Kind, made.VMName, made.VMId, made.CreatedAt, made.IsOfStoppedMachine),
            (listed.Id.ToUpperInvariant(), listed.Name, listed.ResourceGroupName.ToUpperInvariant(), listed.Location, listed.Kind, listed.VMName, listed.VMId, listed.CreatedAt, listed.IsOfStoppedMachine));
        Assert.Equal(["win-vm_OsDisk_1", "win-vm_DataDisk_0"], listed.DiskNames);
        Assert.Equal(kind == VMBackupKind.Snapshot ? made.DiskIds : [], listed.DiskIds, StringComparer.OrdinalIgnoreCase);
        Assert.True(listed.IsUsable, listed.Problem);
        Assert.True(made.IsUsable);
        Assert.Equal("Beside", (await cloud.RestoreAsync(listed, "second")).Method.ToString());
    }

    [Fact]
    public async Task What_has_no_model_in_its_tags_is_no_backup()
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        await cloud.PutAsync("Microsoft.Compute/snapshots/other", """{"location":"westeurope","properties":{"creationData":{"createOption":"Copy","sourceResourceId":"DISK"}}}""".Replace("DISK", cloud.Id("Microsoft.Compute/disks/win-vm_OsDisk_1"), StringComparison.Ordinal));

        Assert.Empty(await cloud.ListAsync());
    }

    [Fact]
    public async Task A_backup_whose_snapshot_is_gone_or_whose_model_is_damaged_is_listed_with_that()
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        await cloud.BackUpAsync(Machine, VMBackupKind.Snapshot);
        await cloud.DeleteAsync("Microsoft.Compute/snapshots/saved-lun0");

        VMBackup incomplete = Assert.Single(await cloud.ListAsync());
        await cloud.PatchAsync("Microsoft.Compute/snapshots/saved-os", """{"tags":{"azimagetools-model":"1 0000000000000000","azimagetools-model-00":"AAAA","azimagetools-source":"sandbox-rg/win-vm"}}""");
        VMBackup damaged = Assert.Single(await cloud.ListAsync());

        Assert.False(incomplete.IsUsable);
        Assert.Contains("'saved-lun0' of the data disk of LUN 0 is gone", incomplete.Problem, StringComparison.Ordinal);
        Assert.False(damaged.IsUsable);
        Assert.Equal(Machine, damaged.VMName);
        Assert.Contains("can't be used", damaged.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task They_are_found_by_group_name_and_machine()
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        await cloud.BackUpAsync(Machine, VMBackupKind.Snapshot);

        foreach (VMBackupFilter found in new VMBackupFilter[] { new() { ResourceGroupName = "SANDBOX-rg" }, new() { BackupName = "sav*" }, new() { VMName = "WIN-?m" } })
        {
            Assert.Single(await cloud.ListAsync(found));
        }

        foreach (VMBackupFilter missed in new VMBackupFilter[] { new() { BackupName = "save" }, new() { VMName = "linux*" } })
        {
            Assert.Empty(await cloud.ListAsync(missed));
        }
    }
}
