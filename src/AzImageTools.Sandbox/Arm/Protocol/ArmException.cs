using System.Net;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>Ends a Resource Manager request, or a long-running operation, with an error of Azure's.</summary>
internal sealed class ArmException(HttpStatusCode status, string code, string message, string? target = null) : Exception(message)
{
    public HttpStatusCode Status { get; } = status;

    public string Code { get; } = code;

    public string? Target { get; } = target;

    /// <summary>What it says in particular, as some providers do.</summary>
    public IReadOnlyList<ArmException> Details { get; init; } = [];

    /// <summary>What it adds for machines, such as the policies that deny.</summary>
    public IReadOnlyList<JsonObject> AdditionalInfo { get; init; } = [];

    public static ArmException NotFound(ResourceId id)
        => new ArmException(
            HttpStatusCode.NotFound,
            "ResourceNotFound",
            "The Resource '" + id.Path + "' under resource group '" + id.ResourceGroup
            + "' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix");

    /// <summary>Of what lies in a resource that is not there.</summary>
    public static ArmException ParentNotFound(ResourceId parent)
        => new ArmException(
            HttpStatusCode.NotFound,
            "ParentResourceNotFound",
            "Can not perform requested operation on nested resource. Parent resource '" + string.Join("/", parent.Names) + "' not found.");

    public static ArmException InvalidParameter(string target, string message)
        => new ArmException(HttpStatusCode.BadRequest, "InvalidParameter", message, target);

    public static ArmException Missing(string target) => InvalidParameter(target, "Required parameter '" + target + "' is missing (null).");

    public static ArmException NotAllowed(string message) => new ArmException(HttpStatusCode.Conflict, "OperationNotAllowed", message);

    public static ArmException Conflict(string message) => new ArmException(HttpStatusCode.Conflict, "Conflict", message);

    public static ArmException Busy()
        => Conflict("The request failed due to conflict with a concurrent request. To resolve it, please refer to https://aka.ms/activitylog to get more details on the conflicting requests.");

    public static ArmException ChangeNotAllowed(string property)
        => new ArmException(HttpStatusCode.Conflict, "PropertyChangeNotAllowed", "Changing property '" + property + "' is not allowed.", property);
}
