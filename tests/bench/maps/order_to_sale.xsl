<?xml version="1.0" encoding="UTF-8"?>
<!-- The same mapping as order_to_sale.map.xml, as a good XSLT 1.0 author would write it. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:c="urn:wayleave:canonical:1" xmlns="urn:wayleave:bench:1" exclude-result-prefixes="c">
  <xsl:output method="xml" encoding="UTF-8" omit-xml-declaration="yes" indent="no"/>
  <xsl:template match="/c:Order">
    <Sale>
      <Number><xsl:value-of select="c:Number"/></Number>
      <Kind><xsl:choose><xsl:when test="c:Type = 'rush'">express</xsl:when><xsl:otherwise>normal</xsl:otherwise></xsl:choose></Kind>
      <Day><xsl:value-of select="c:Date"/></Day>
      <Currency><xsl:value-of select="c:Currency"/></Currency>
      <xsl:if test="c:Party[@role='buyer']/c:Name"><Buyer><xsl:value-of select="c:Party[@role='buyer']/c:Name"/></Buyer></xsl:if>
      <xsl:for-each select="c:Line">
        <Row no="{c:Number}">
          <xsl:if test="c:Item/c:Id[@scheme='buyer']"><Material><xsl:value-of select="c:Item/c:Id[@scheme='buyer']"/></Material></xsl:if>
          <xsl:if test="c:Item/c:Description"><Text><xsl:value-of select="c:Item/c:Description"/></Text></xsl:if>
          <Quantity><xsl:attribute name="unit"><xsl:choose>
            <xsl:when test="c:Quantity/@unit = 'EA'">ST</xsl:when><xsl:when test="c:Quantity/@unit = 'XCT'">KAR</xsl:when>
            <xsl:when test="c:Quantity/@unit = 'XPX'">PAL</xsl:when><xsl:otherwise><xsl:value-of select="c:Quantity/@unit"/></xsl:otherwise>
          </xsl:choose></xsl:attribute><xsl:value-of select="c:Quantity"/></Quantity>
          <xsl:if test="c:Price"><Price><xsl:value-of select="c:Price"/></Price></xsl:if>
        </Row>
      </xsl:for-each>
      <Rows><xsl:value-of select="count(c:Line)"/></Rows>
    </Sale>
  </xsl:template>
</xsl:stylesheet>
