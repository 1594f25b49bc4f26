using AzImageTools.Services.Session;

namespace AzImageTools.Completion;

/// <summary>Completes the names of virtual machines.</summary>
public sealed class VirtualMachineCompleter : ResourceNameCompleter
{
    /// <summary>Creates the completer.</summary>
    public VirtualMachineCompleter()
        : base(ResourceKind.VirtualMachine)
    {
    }
}
