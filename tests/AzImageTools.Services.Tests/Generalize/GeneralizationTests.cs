using System.Text.RegularExpressions;
using AzImageTools.Disks.Images;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Services.Backup;
using AzImageTools.Services.Generalize;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Capture;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Generalize;

/// <summary>Each fate that a guest can have when it is generalized ends in the verdict that its machine and its disk show.</summary>
public sealed class GeneralizationTests
{
    [Theory]
    [InlineData(SandboxSession.WindowsVM, GeneralizationMethod.Sysprep)]
    [InlineData(SandboxSession.TrustedLaunchVM, GeneralizationMethod.Sysprep)]
    [InlineData(SandboxSession.LinuxVM, GeneralizationMethod.Deprovision)]
    public async Task A_guest_that_stops_and_whose_disk_is_generalized_is_generalized(string vm, GeneralizationMethod method)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        GeneralizationResult result = await RunAsync(sandbox, vm);

        Assert.Equal((method, GeneralizationState.Generalized, 1), (result.Method, result.Generalization, result.ScriptVersion));
        Assert.NotEmpty(result.Evidence);
        Assert.Contains("-before-generalizing-", result.BackupIds[0], StringComparison.Ordinal);
        Assert.Equal(4, result.Stages.Count);
        Assert.Contains("PowerState/stopped", await sandbox.StatusesOfAsync(vm));
    }

    [Theory]
    [InlineData(SandboxSession.WindowsVM, GuestFate.FailsOnAppPackage, "SysprepFailed", "SandboxPublisher.Notes")]
    [InlineData(SandboxSession.WindowsVM, GuestFate.Hangs, "GeneralizationTimedOut", "generalized half")]
    [InlineData(SandboxSession.WindowsVM, GuestFate.AgentDies, "GeneralizationTimedOut", "its agent tells nothing")]
    [InlineData(SandboxSession.WindowsVM, GuestFate.StopsWithoutGeneralizing, "GuestNotGeneralized", "IMAGE_STATE_COMPLETE")]
    [InlineData(SandboxSession.LinuxVM, GuestFate.FailsOnAppPackage, "DeprovisionFailed", "package manager is locked")]
    [InlineData(SandboxSession.LinuxVM, GuestFate.Hangs, "GeneralizationTimedOut", "not generalized")]
    [InlineData(SandboxSession.LinuxVM, GuestFate.AgentDies, "GeneralizationTimedOut", "its agent tells nothing")]
    [InlineData(SandboxSession.LinuxVM, GuestFate.StopsWithoutGeneralizing, "GuestNotGeneralized", "sandbox-linux")]
    public async Task A_guest_that_ends_otherwise_is_told_with_the_cause_and_the_way_back(string vm, GuestFate fate, string errorId, string told)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Cloud.SetGuestFate((await sandbox.GetVMAsync(vm)).Id.ToString(), fate);

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => RunAsync(sandbox, vm));

        Assert.Equal(errorId, failure.ErrorId);
        Assert.Contains(told, failure.Message, StringComparison.Ordinal);
        Assert.Matches($"To go back: Restore-AzVMBackup -ResourceGroupName {SandboxSession.Group} -BackupName {vm}-before-generalizing-", failure.Message);
        Assert.Contains("PowerState/running", await sandbox.StatusesOfAsync(vm));
        Assert.DoesNotContain(sandbox.Wire.Changes, change => errorId == "GeneralizationTimedOut" && change.Method == "DELETE" && change.Path.Contains("azimagetools-sysprep", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_guest_whose_time_was_over_while_this_machine_slept_is_looked_at_once_more()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        GeneralizationResult result = await RunAsync(sandbox, SandboxSession.LinuxVM, time: new PollingTime(sleep: TimeSpan.FromHours(2)));

        Assert.Equal(GeneralizationState.Generalized, result.Generalization);
    }

    [Fact]
    public async Task A_guest_that_is_not_ready_is_not_touched()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Cloud.SetGuestFate((await sandbox.GetVMAsync(SandboxSession.WindowsVM)).Id.ToString(), GuestFate.Hangs);
        await Assert.ThrowsAsync<PlanFailedException>(() => RunAsync(sandbox, SandboxSession.WindowsVM));
        sandbox.Wire.Changes.Clear();

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => RunAsync(sandbox, SandboxSession.WindowsVM));

        Assert.Equal("ReadinessBlocked", failure.ErrorId);
        Assert.Contains("ImageState", failure.Message, StringComparison.Ordinal);
        Assert.All(sandbox.Wire.Changes, change => Assert.Contains("azimagetools-read-", change.Path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(48)]
    [InlineData(1)]
    public async Task What_only_the_running_machine_shows_is_judged_however_many_chunks_it_comes_in(int linesOfChunk)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Cloud.SetScriptOutputs(
            (await sandbox.GetVMAsync(SandboxSession.WindowsVM)).Id.ToString(), "collect", EvidenceText.Print(Evidence.Replace("REARM", "3", StringComparison.Ordinal), linesOfChunk));

        GeneralizationResult result = await RunAsync(sandbox, SandboxSession.WindowsVM);

        Assert.Empty(result.NotChecked);
        Assert.Empty(sandbox.Log.Warnings);
        Assert.DoesNotContain(await CommandsAsync(sandbox, SandboxSession.WindowsVM), name => name.Contains("evidence", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_blocker_that_only_the_running_machine_shows_stops_it_and_leaves_nothing()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Cloud.SetScriptOutputs(
            (await sandbox.GetVMAsync(SandboxSession.WindowsVM)).Id.ToString(), "collect", EvidenceText.Print(Evidence.Replace("REARM", "0", StringComparison.Ordinal)));

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => RunAsync(sandbox, SandboxSession.WindowsVM));

        Assert.Equal("ReadinessBlocked", failure.ErrorId);
        Assert.Contains("RearmLeft", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(sandbox.Wire.Changes, change => change.Path.Contains("-before-generalizing-", StringComparison.Ordinal));
        Assert.Empty(await CommandsAsync(sandbox, SandboxSession.WindowsVM));
        Assert.Contains("PowerState/running", await sandbox.StatusesOfAsync(SandboxSession.WindowsVM));
    }

    [Fact]
    public async Task What_nobody_could_answer_is_told_and_stops_nothing()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        GeneralizationResult result = await RunAsync(sandbox, SandboxSession.WindowsVM);

        Assert.Equal(["AppxUserOnly", "RearmLeft"], result.NotChecked.Order(StringComparer.Ordinal));
        Assert.Contains("AppxUserOnly", Assert.Single(sandbox.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_that_is_left_out_stays_open_nowhere()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        GeneralizationResult result = await RunAsync(sandbox, SandboxSession.WindowsVM, request => request with { ExcludedRules = ["AppxUserOnly", "Rearm*"] });

        Assert.Empty(result.NotChecked);
    }

    [Fact]
    public async Task A_machine_that_has_stopped_is_only_judged()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await RunAsync(sandbox, SandboxSession.WindowsVM);
        sandbox.Wire.Changes.Clear();

        GeneralizationResult again = await RunAsync(sandbox, SandboxSession.WindowsVM);

        Assert.Equal((GeneralizationMethod.None, GeneralizationState.Generalized), (again.Method, again.Generalization));
        Assert.Empty(again.BackupIds);
        Assert.DoesNotContain(sandbox.Wire.Changes, change => change.Path.Contains("/runCommands/", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_machine_that_has_stopped_and_is_not_generalized_is_left_stopped()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.StopAsync(SandboxSession.WindowsVM);

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => RunAsync(sandbox, SandboxSession.WindowsVM));

        Assert.Equal("GuestNotGeneralized", failure.ErrorId);
        Assert.Contains("Start-AzVM", failure.Message, StringComparison.Ordinal);
        Assert.Contains("PowerState/stopped", await sandbox.StatusesOfAsync(SandboxSession.WindowsVM));
    }

    [Fact]
    public async Task Without_a_backup_there_is_none()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        GeneralizationResult result = await RunAsync(sandbox, SandboxSession.LinuxVM, request => request with { NoBackup = true });

        Assert.Empty(result.BackupIds);
        Assert.DoesNotContain(sandbox.Wire.Changes, change => change.Path.Contains("-before-generalizing-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_machine_whose_agent_is_silent_is_refused_before_anything_is_changed()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.AlterAt("/virtualMachines/win-vm", machine =>
        {
            if (machine["properties"]!["instanceView"] is { } view)
            {
                view["vmAgent"]!["statuses"]![0]!["displayStatus"] = "Not Ready";
            }
        });

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => RunAsync(sandbox, SandboxSession.WindowsVM));

        Assert.Equal("VMAgentNotReady", failure.ErrorId);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Theory]
    [InlineData("DenyAll", "DiskAccessForbidden")]
    [InlineData("AllowPrivate", "DiskAccessIdMissing")]
    public async Task A_disk_that_may_not_be_read_is_told_before_anything_is_changed(string policy, string errorId)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.AlterAt("/disks/win-vm_OsDisk_1", disk => disk["properties"]!["networkAccessPolicy"] = policy);

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => RunAsync(sandbox, SandboxSession.WindowsVM));

        Assert.Equal(errorId, failure.ErrorId);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_guest_that_an_earlier_run_has_at_work_is_waited_for_and_not_started_again()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(new SandboxOptions { OperationPolls = 20 });
        sandbox.Wire.Instead = request =>
        {
            if (request.RequestUri!.AbsolutePath.Contains("/runCommands/azimagetools-sysprep-", StringComparison.Ordinal) && request.Method == HttpMethod.Get)
            {
                sandbox.Cancellation.Cancel();
            }

            return null;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(sandbox, SandboxSession.WindowsVM));
        sandbox.Wire.Instead = null;
        sandbox.Wire.Changes.Clear();
        sandbox.Log.Warnings.Clear();

        OperationContext context = new() { Log = sandbox.Log, Time = new PollingTime() };
        GeneralizationRequest request = new() { VMName = SandboxSession.WindowsVM, VMResourceGroupName = SandboxSession.Group };
        GeneralizationResult result = await PlanRunner.RunAsync(await new GeneralizationService(sandbox.Session).PlanAsync(request, context), context);

        Assert.Equal((GeneralizationMethod.Sysprep, GeneralizationState.Generalized), (result.Method, result.Generalization));
        Assert.Empty(result.BackupIds);
        Assert.Contains("at work already", Assert.Single(sandbox.Log.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain(sandbox.Wire.Changes, change => change.Path.Contains("/runCommands/", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_start_whose_answer_is_lost_is_not_sent_again()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        int starts = 0;
        bool isLost = false;
        sandbox.Wire.Instead = request =>
        {
            if (request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.Contains("/runCommands/azimagetools-sysprep-", StringComparison.Ordinal))
            {
                starts++;
            }
            else if (starts == 1 && !isLost && request.RequestUri!.AbsolutePath.Contains("/operations/", StringComparison.Ordinal))
            {
                isLost = true;
                throw new HttpRequestException("The connection was reset.");
            }

            return null;
        };

        GeneralizationResult result = await RunAsync(sandbox, SandboxSession.WindowsVM);

        Assert.Equal(GeneralizationState.Generalized, result.Generalization);
        Assert.Equal(1, starts);
    }

    [Theory]
    [InlineData(SandboxSession.WindowsVM, GuestFate.FailsOnAppPackage)]
    [InlineData(SandboxSession.WindowsVM, GuestFate.Hangs)]
    [InlineData(SandboxSession.WindowsVM, GuestFate.AgentDies)]
    [InlineData(SandboxSession.WindowsVM, GuestFate.StopsWithoutGeneralizing)]
    [InlineData(SandboxSession.LinuxVM, GuestFate.FailsOnAppPackage)]
    [InlineData(SandboxSession.LinuxVM, GuestFate.Hangs)]
    [InlineData(SandboxSession.LinuxVM, GuestFate.AgentDies)]
    [InlineData(SandboxSession.LinuxVM, GuestFate.StopsWithoutGeneralizing)]
    public async Task The_backup_of_a_failed_run_brings_the_machine_back_as_it_was(string vm, GuestFate fate)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string id = (await sandbox.GetVMAsync(vm)).Id.ToString();
        sandbox.Cloud.SetGuestFate(id, fate);
        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => RunAsync(sandbox, vm));
        sandbox.Cloud.SetGuestFate(id, GuestFate.Succeeds);

        string name = Regex.Match(failure.Message, "-BackupName ([^ ]+)[.]").Groups[1].Value;
        OperationContext context = sandbox.Context with { Time = new PollingTime() };
        await PlanRunner.RunAsync(await new VMRestoreService(sandbox.Session).PlanAsync(new VMRestoreRequest { BackupName = name, ResourceGroupName = SandboxSession.Group }, context), context);

        VirtualMachineResource machine = await sandbox.GetVMAsync(vm);
        Assert.Contains("PowerState/running", machine.Data.InstanceView.Statuses.Select(status => status.Code));
        Assert.Equal("Ready", machine.Data.InstanceView.VmAgent.Statuses[0].DisplayStatus);
        using OpenedImage image = OpenedImage.Open(sandbox.Cloud.FindDiskFile(machine.Data.StorageProfile.OSDisk.ManagedDisk.Id.ToString())!);
        using OfflineGuest guest = OfflineGuest.Open(image);
        Assert.Equal(GeneralizationState.NotGeneralized, ReadinessCheck.Run(guest, cancellationToken: TestContext.Current.CancellationToken).Generalization);
    }

    private const string Evidence = """{"system":"windows","machine":"VM","time":"2026-11-29T10:00:00Z","facts":{"rearmCount":REARM,"userOnlyAppPackages":[]}}""";

    private static async Task<string[]> CommandsAsync(SandboxSession sandbox, string vm)
    {
        List<string> names = [];
        await foreach (VirtualMachineRunCommandResource command in (await sandbox.GetVMAsync(vm)).GetVirtualMachineRunCommands().GetAllAsync())
        {
            names.Add(command.Data.Name);
        }

        return [.. names];
    }

    private static async Task<GeneralizationResult> RunAsync(SandboxSession sandbox, string vm, Func<GeneralizationRequest, GeneralizationRequest>? ask = null, PollingTime? time = null)
    {
        OperationContext context = sandbox.Context with { Time = time ?? new PollingTime() };
        GeneralizationRequest request = new() { VMName = vm, VMResourceGroupName = SandboxSession.Group };
        return await PlanRunner.RunAsync(await new GeneralizationService(sandbox.Session).PlanAsync(ask?.Invoke(request) ?? request, context), context);
    }
}
