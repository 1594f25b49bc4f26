using System.Net;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What the making of a machine ends with whose guest does not report. The texts are those of Microsoft's list of VM errors (aka.ms/azurermerrors).</summary>
internal static class ProvisioningErrors
{
    private const string Code = "OSProvisioningTimedOut";

    private const string Instructions =
        " * Instructions for Windows: https://azure.microsoft.com/documentation/articles/virtual-machines-windows-upload-image/"
        + " * Instructions for Linux: https://azure.microsoft.com/documentation/articles/virtual-machines-linux-capture-image/ ";

    public static ArmException TimedOut(string machine)
        => New("OS Provisioning for VM '" + machine + "' did not finish in the allotted time. The VM may still finish provisioning successfully. Please check provisioning state later. "
            + "Also, make sure the image has been properly prepared (generalized)." + Instructions);

    public static ArmException NotGeneralized(string machine)
        => New("OS Provisioning for VM '" + machine + "' did not finish in the allotted time. However, the VM guest agent was detected running. This suggests the guest OS has not been properly "
            + "prepared to be used as a VM image (with CreateOption=FromImage). To resolve this issue, either use the VHD as is with CreateOption=Attach or prepare it properly for use as an image:" + Instructions);

    private static ArmException New(string message) => new ArmException(HttpStatusCode.Conflict, Code, message);
}
