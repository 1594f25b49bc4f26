using System.Diagnostics;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Boots;

/// <summary>A machine of QEMU's that starts from a disk, is watched on its serial port, and is ended when it is known what became of it.</summary>
internal static class Machine
{
    /// <summary>UEFI's firmware.</summary>
    public const string UefiCode = "/usr/share/OVMF/OVMF_CODE_4M.fd";

    /// <summary>What it keeps of a machine, as it is before the first start.</summary>
    public const string UefiVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd";

    // DMI, by which cloud-init and the agent know that a machine is Azure's (tools/ds-identify).
    private const string AzureTag = "7783-7084-3265-9085-8269-3286-77";
    private const string MachineUuid = "5c2b6f1e-7a44-4a8e-9a54-0d5f6a1c9b10";
    private const string KernelStarted = "Linux version";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestShutdown = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(20);

    // What is on the serial port at the end of a start, in the order in which it counts.
    private static readonly (string Text, Outcome Outcome)[] Marks =
    [
        ("Kernel panic", Outcome.Panic),
        ("(initramfs)", Outcome.NoRoot),
        ("does not exist.  Dropping to a shell", Outcome.NoRoot),
        ("emergency mode", Outcome.Emergency),
        ("Press Enter for maintenance", Outcome.Emergency),
        ("root account is locked", Outcome.Emergency),
        ("you need to load the kernel first", Outcome.NoSystem),
        ("grub rescue>", Outcome.NoSystem),
        ("grub>", Outcome.NoSystem),
        ("No bootable", Outcome.NoSystem),
        ("not a bootable disk", Outcome.NoSystem),
        ("Failed to load Boot", Outcome.NoSystem),
        ("login:", Outcome.Login),
    ];

    /// <summary>Starts a machine from the disk, which it writes to, and tells what became of it.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="firmware">BIOS or UEFI.</param>
    /// <param name="controller">What the disk is attached to.</param>
    /// <param name="accelerator">"kvm" or "tcg".</param>
    /// <param name="shutsDown">Whether a machine that runs is told to shut down: what it wrote is on its disk then.</param>
    /// <param name="longest">How long the kernel may take to appear, where none is expected; null for no other limit than that of all starts: an emulated one takes minutes beside other work.</param>
    public static async Task<BootResult> StartAsync(BootDisk disk, Firmware firmware, Controller controller, string accelerator, TimeSpan? longest = null, bool shutsDown = false)
    {
        using TempFolder folder = new();
        using Fabric fabric = new();
        string serial = folder.File("serial");
        string variables = folder.File("variables");
        File.Copy(UefiVariables, variables);

        ProcessStartInfo start = new(ExternalTool.Find("qemu-system-x86_64")!) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        string[] arguments =
        [
            "-accel", accelerator, "-cpu", accelerator == "kvm" ? "host,-arch-capabilities" : "max", "-m", "1024", "-smp", "2",
            "-display", "none", "-monitor", "stdio", "-no-reboot", "-serial", $"file:{serial}", "-uuid", MachineUuid, "-smbios", $"type=3,asset={AzureTag}",
            .. firmware == Firmware.Uefi
                ? ["-machine", controller == Controller.Ide ? "pc" : "q35", "-drive", $"if=pflash,format=raw,readonly=on,file={UefiCode}", "-drive", $"if=pflash,format=raw,file={variables}"]
                : new[] { "-machine", "pc,graphics=off" },
            .. AttachDisk(disk.Path, controller),
            "-netdev", fabric.Network, "-device", "virtio-net-pci,netdev=net",
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Stopwatch clock = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Outcome? outcome = null;
        TimeSpan? ready = null;
        string text = string.Empty;
        try
        {
            while (outcome is null)
            {
                await Task.Delay(Pause, TestContext.Current.CancellationToken);
                text = Read(serial);
                ready ??= fabric.IsReady ? clock.Elapsed : null;
                outcome = Array.Find(Marks, mark => text.Contains(mark.Text, StringComparison.Ordinal)) is { Text: not null } mark ? mark.Outcome
                    : process.HasExited ? Outcome.NoSystem
                    : ready is { } time && clock.Elapsed > time + LongestSilence && !text.Contains(KernelStarted, StringComparison.Ordinal) ? Outcome.Silent
                    : ready is null && clock.Elapsed > longest && !text.Contains(KernelStarted, StringComparison.Ordinal) ? Outcome.NoSystem
                    : clock.Elapsed > LongestStart ? Outcome.TimedOut
                    : null;
            }

            if (outcome == Outcome.Login && fabric.IsReady)
            {
                outcome = Outcome.Provisioned;
            }

            if (shutsDown && outcome is Outcome.Provisioned or Outcome.Login)
            {
                await process.StandardInput.WriteLineAsync("system_powerdown");
                await Task.WhenAny(process.WaitForExitAsync(TestContext.Current.CancellationToken), Task.Delay(LongestShutdown, TestContext.Current.CancellationToken));
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            await process.WaitForExitAsync(CancellationToken.None);
        }

        BootResult result = new(outcome.Value, clock.Elapsed, text.Contains(KernelStarted, StringComparison.Ordinal), text, await output + await errors);
        TestContext.Current.TestOutputHelper?.WriteLine($"{firmware} from {controller}, {accelerator}: {result.Outcome} after {clock.Elapsed.TotalSeconds:F1} s");
        return result;
    }

    /// <summary>Finds whether machines run by the processor's own means here: a device that opens is not enough.</summary>
    public static async Task FindAcceleratorAsync(BootFolder folder, BootDisk disk, Action<string> found)
    {
        try
        {
            File.Open("/dev/kvm", FileMode.Open, FileAccess.ReadWrite).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return;
        }

        BootResult result = await StartAsync(disk, Firmware.Uefi, Controller.Nvme, "kvm", LongestProbe);
        if (result.Outcome is Outcome.Login or Outcome.Provisioned)
        {
            found("kvm");
        }
    }

    private static string[] AttachDisk(string path, Controller controller) =>
    [
        "-drive", $"file={path},format=raw,if=none,id=disk,cache=unsafe",
        .. controller switch
        {
            Controller.Ide => new[] { "-device", "ide-hd,drive=disk,bus=ide.0,bootindex=1" },
            Controller.Scsi => ["-device", "virtio-scsi-pci,id=scsi", "-device", "scsi-hd,drive=disk,bus=scsi.0,bootindex=1"],
            _ => ["-device", "nvme,drive=disk,serial=disk,bootindex=1"],
        },
    ];

    private static string Read(string path)
    {
        if (!File.Exists(path))
        {
            return string.Empty;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(file);
        return reader.ReadToEnd();
    }
}

/// <summary>What a machine starts its disk with.</summary>
public enum Firmware
{
    /// <summary>Of generation 1.</summary>
    Bios,

    /// <summary>Of generation 2.</summary>
    Uefi,
}

/// <summary>What a disk is attached to.</summary>
public enum Controller
{
    /// <summary>As in generation 1.</summary>
    Ide,

    /// <summary>As in generation 2.</summary>
    Scsi,

    /// <summary>As in Azure's newer sizes.</summary>
    Nvme,
}

/// <summary>What became of a start.</summary>
public enum Outcome
{
    /// <summary>Nothing is known.</summary>
    TimedOut,

    /// <summary>No loader, or one that found no kernel.</summary>
    NoSystem,

    /// <summary>The kernel, and no root volume: a shell of the initramfs.</summary>
    NoRoot,

    /// <summary>The kernel gave up.</summary>
    Panic,

    /// <summary>The system stopped at its emergency console.</summary>
    Emergency,

    /// <summary>Azure was told that the machine is ready, and nobody may log in on the serial port.</summary>
    Silent,

    /// <summary>All services run, and somebody may log in; Azure was not told that the machine is ready.</summary>
    Login,

    /// <summary>The same, and Azure was told.</summary>
    Provisioned,
}

/// <summary>What became of a start, and what was seen of it.</summary>
internal sealed record BootResult(Outcome Outcome, TimeSpan Duration, bool HasKernel, string Serial, string Errors)
{
    /// <summary>What a failed test shows.</summary>
    public override string ToString() => $"{Outcome} after {Duration.TotalSeconds:F0} s\n{Serial[Math.Max(0, Serial.Length - 3000)..]}\n{Errors}";
}
