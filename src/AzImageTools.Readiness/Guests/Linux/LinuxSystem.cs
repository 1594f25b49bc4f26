
namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>What several rules ask of a Linux. It is looked at when it is first asked for, once for a report.</summary>
internal sealed class LinuxSystem(Guest guest)
{
    /// <summary>The drivers of Hyper-V's bus, disks and network, without which a machine does not start in Azure.</summary>
    public static readonly string[] HyperVModules = ["hv_vmbus", "hv_storvsc", NetworkModule];

    /// <summary>The one of the network: the only one that need not be there before the root volume is.</summary>
    public const string NetworkModule = "hv_netvsc";

    /// <summary>The driver of NVMe disks.</summary>
    public const string NvmeModule = "nvme";

    private readonly Lazy<LinuxDistribution> _distribution = new(() => LinuxDistributions.Of(guest.Identity));
    private readonly Lazy<string?> _agent = new(() => guest.FindFirst("usr/sbin/waagent", "usr/bin/waagent", "usr/share/oem/bin/waagent"));
    private readonly Lazy<AgentConfiguration?> _configuration = new(() => AgentConfiguration.Read(guest));
    private readonly Lazy<IReadOnlyList<KernelCommandLine>> _entries = new(() => Linux.BootEntries.FindAll(guest));

    private KernelModules? _modules;

    /// <summary>The distribution.</summary>
    public LinuxDistribution Distribution => _distribution.Value;

    /// <summary>The path of the Azure Linux agent; null where it is not installed.</summary>
    public string? Agent => _agent.Value;

    /// <summary>Its configuration; null where there is none.</summary>
    public AgentConfiguration? AgentConfiguration => _configuration.Value;

    /// <summary>cloud-init.</summary>
    public CloudInit CloudInit { get; } = new(guest);

    /// <summary>What it mounts.</summary>
    public MountPoints Mounts { get; } = new(guest);

    /// <summary>What the machine can be told to start.</summary>
    public IReadOnlyList<KernelCommandLine> BootEntries => _entries.Value;

    /// <summary>What the kernel is started with, but for repair.</summary>
    /// <exception cref="EvidenceUnavailableException">Nothing starts it.</exception>
    public IReadOnlyList<KernelCommandLine> CommandLines
        => BootEntries.Where(static entry => !entry.IsRescue).ToArray() is { Length: > 0 } lines ? lines : throw new EvidenceUnavailableException("All boot loader entries are for repair.");

    /// <summary>The same; none where nothing tells them, as other rules then say.</summary>
    public IReadOnlyList<KernelCommandLine> KnownCommandLines
    {
        get
        {
            try
            {
                return CommandLines;
            }
            catch (EvidenceUnavailableException)
            {
                return [];
            }
        }
    }

    /// <summary>The drivers that it starts with.</summary>
    public KernelModules Modules => _modules ??= KernelModules.Find(guest, KnownCommandLines, [.. HyperVModules, NvmeModule]);

    /// <summary>Whether the agent, rather than cloud-init, makes a new machine's account and host name.</summary>
    public bool IsProvisionedByAgent => Agent is not null
        && (AgentConfiguration?.ProvisioningAgent ?? "auto") switch
        {
            "cloud-init" or "disabled" => false,
            "auto" => !CloudInit.IsEnabled,
            _ => true,
        };
}
